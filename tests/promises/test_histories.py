"""
R4: what concurrent clients are told by a store could have been told to one after the other.

In memory clients take turns by a seed, so that a run is the same every time. On SQLite they run freely: in one
process, over several connections, and in several processes on one file.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import define

from carmarket.adapters.memory import offer as memory_offer
from carmarket.adapters.sqlite import offer as sqlite_offer
from carmarket.adapters.sqlite.connections import prepare
from carmarket.core.errors import CarmarketError
from carmarket.testing.histories import Call, History, counted, unexplained
from carmarket.testing.scheduling import explore, interleaved
from tests.promises.clients import CLIENTS, SUBJECTS, Subject, ask

FULL = os.environ.get("CARMARKET_FULL") == "1"
FEW, FEW_SEEDS = 150, range(8)
CALLS, SEEDS = (1_000, range(40)) if FULL else (FEW, FEW_SEEDS)
"""How many each of the clients makes, and in how many interleavings. Mutants show themselves in few."""
CONNECTIONS, PROCESSES = 3, 2
Spoil = Callable[[Any, Random], Any]


def untouched(store: Any, rng: Random) -> Any:
    return store


@define
class WrongNowAndThen:
    """A mutant: in 2 % of calls it answers wrongly, and rightly in all others."""

    _store: Any
    _rng: Random

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @property
    def is_wrong(self) -> bool:
        return self._rng.random() < 0.02


class StaleReads(WrongNowAndThen):
    """Reads as if nothing had been written yet."""

    async def get(self, key: Any) -> Any:
        return None if self.is_wrong else await self._store.get(key)


class LostWrites(WrongNowAndThen):
    """Says that it has written, and has not."""

    async def add(self, change: Any) -> None:
        if not self.is_wrong:
            await self._store.add(change)

    async def save(self, change: Any) -> None:
        if not self.is_wrong:
            await self._store.save(change)


class DoubleAccepts(WrongNowAndThen):
    """Says yes to whom it has to refuse."""

    async def add(self, change: Any) -> None:
        await self._or_not(self._store.add(change))

    async def save(self, change: Any) -> None:
        await self._or_not(self._store.save(change))

    async def _or_not(self, work: Any) -> None:
        is_wrong = self.is_wrong
        try:
            await work
        except CarmarketError:
            if not is_wrong:
                raise


SPOILT: dict[str, Spoil] = {"stale-read": StaleReads, "lost-write": LostWrites, "double-accept": DoubleAccepts}


def in_memory(subject: Subject, spoil: Spoil, seed: int, calls: int = CALLS) -> Sequence[Call]:
    """One interleaving on the adapters in memory."""
    history = counted()

    async def story() -> None:
        async with memory_offer("memory://") as offer:
            store = interleaved(spoil(await subject.open(offer), Random(seed)))
            await ask(subject, [store], history, calls, seed=seed, clients=range(CLIENTS))

    explore(story, [seed])
    return history.calls


async def on_sqlite(
    subject: Subject,
    spoil: Spoil,
    path: Path,
    *,
    connections: int,
    clients: Sequence[int] = range(CLIENTS),
    calls: int = CALLS,
) -> Sequence[Call]:
    """As it comes, over several connections to one file."""
    history = History()
    rng = Random(4)
    async with AsyncExitStack() as stack:
        offers = [await stack.enter_async_context(sqlite_offer(f"sqlite:///{path}")) for _ in range(connections)]
        stores = [spoil(await subject.open(offer), rng) for offer in offers]
        await ask(subject, stores, history, calls, seed=1, clients=clients)
    return history.calls


def in_a_process(line: Connection, subject: int, path: Path, clients: range) -> None:
    """One of several processes: says when it is ready, waits for the others, and tells what its clients saw."""
    line.send("ready")
    line.recv()
    line.send(asyncio.run(on_sqlite(SUBJECTS[subject], untouched, path, connections=1, clients=clients)))


def in_processes(subject: int, path: Path) -> list[Call]:
    prepare(path)  # the first to open a file makes it, which is no affair of its stores
    share = CLIENTS // PROCESSES
    spawn = get_context("spawn")
    pipes = [spawn.Pipe() for _ in range(PROCESSES)]
    workers = [
        spawn.Process(target=in_a_process, args=(theirs, subject, path, range(n * share, (n + 1) * share)))
        for n, (_, theirs) in enumerate(pipes)
    ]
    for worker, (_, theirs) in zip(workers, pipes, strict=True):
        worker.start()
        theirs.close()  # so that a process that dies is noticed
    for ours, _ in pipes:
        ours.recv()
    for ours, _ in pipes:
        ours.send("go")
    calls = [call for ours, _ in pipes for call in ours.recv()]
    for worker, (ours, _) in zip(workers, pipes, strict=True):
        worker.join()
        worker.close()
        ours.close()
    return calls


def wrong(subject: Subject, calls: Sequence[Call]) -> Sequence[Any]:
    return unexplained(calls, subject.first, subject.step)


def at_once(calls: Sequence[Call]) -> float:
    """How many calls of one thing are under way, on average, when one begins."""
    moments = [(call.began, 1, call.key) for call in calls] + [(call.ended, -1, call.key) for call in calls]
    under_way: Counter[Any] = Counter()
    total = 0
    for _, more, key in sorted(moments, key=lambda it: it[0]):
        under_way[key] += more
        total += under_way[key] if more > 0 else 0
    return total / len(calls)


def figure(subject: Subject, how: str, histories: Sequence[Sequence[Call]]) -> str:
    count = sum(map(len, histories))
    together = sum(at_once(calls) * len(calls) for calls in histories) / count
    return f"{subject.name}: {count} calls {how}, {together:.1f} of one thing at once"


@pytest.mark.promise("R4")
@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda it: it.name)
def test_clients_in_memory_could_have_come_one_after_the_other(subject, record_property):
    histories = [in_memory(subject, untouched, seed) for seed in SEEDS]

    record_property("on", "memory")
    record_property("figure", figure(subject, f"in {len(SEEDS)} interleavings", histories))
    assert [wrong(subject, calls) for calls in histories] == [[]] * len(SEEDS)


@pytest.mark.promise("R4")
@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda it: it.name)
@pytest.mark.parametrize("connections", [1, CONNECTIONS])
async def test_clients_of_one_file_could_have_come_one_after_the_other(subject, connections, tmp_path, record_property):
    calls = await on_sqlite(subject, untouched, tmp_path / "market.db", connections=connections)

    record_property("on", "sqlite")
    record_property("figure", figure(subject, f"over {connections} connections", [calls]))
    assert wrong(subject, calls) == []


@pytest.mark.promise("R4")
@pytest.mark.parametrize("subject", range(len(SUBJECTS)), ids=[it.name for it in SUBJECTS])
def test_processes_on_one_file_could_have_come_one_after_the_other(subject, tmp_path, record_property):
    calls = in_processes(subject, tmp_path / "market.db")

    record_property("on", "sqlite")
    record_property("figure", figure(SUBJECTS[subject], f"of {PROCESSES} processes", [calls]))
    assert wrong(SUBJECTS[subject], calls) == []


@pytest.mark.mutant("R4")
@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda it: it.name)
@pytest.mark.parametrize("how", SPOILT)
def test_a_store_in_memory_that_is_wrong_now_and_then_is_caught(subject, how):
    found = [bool(wrong(subject, in_memory(subject, SPOILT[how], seed, FEW))) for seed in FEW_SEEDS]

    assert all(found)


@pytest.mark.mutant("R4")
@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda it: it.name)
@pytest.mark.parametrize("how", SPOILT)
async def test_a_file_that_is_wrong_now_and_then_is_caught(subject, how, tmp_path):
    calls = await on_sqlite(subject, SPOILT[how], tmp_path / "market.db", connections=1, calls=2 * FEW)

    assert wrong(subject, calls)
