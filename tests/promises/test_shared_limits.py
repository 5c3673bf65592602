"""
R22 where several processes share a limit in Redis, and where Redis is killed in the middle of it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from time import monotonic_ns
from uuid import uuid4

import pytest
from attrs import evolve, field, frozen

from carmarket.adapters.redis import LocalLimits, RedisRateLimiter, open_line, parse_server
from carmarket.adapters.redis.local import share
from carmarket.adapters.redis.server import BUDGET, CONNECTIONS
from carmarket.core.limits import Limit, judged
from tests.promises.test_limits import excess
from tests.redis_time import PATIENT
from tests.servers import valkey
from tests.servers.processes import Server

HITS = 100_000 if os.environ.get("CARMARKET_FULL") == "1" else 10_000
PROCESSES, CLIENTS = 4, 20
"""As many limiters with connections of their own as processes, and who comes to each at the same time."""
LIMIT = Limit(50, timedelta(seconds=1))


@frozen
class Watched(RedisRateLimiter):
    """Notes by Redis' own clock when it let a hit through."""

    passed: list[int] = field(factory=list)
    asked: list[int] = field(factory=list)

    async def _owed(self, key: str, limit: Limit, debt: int) -> tuple[int, int]:
        due, now = await super()._owed(key, limit, debt)
        self.asked.append(now)
        if judged(limit, due, now)[0].is_allowed:
            self.passed.append(now)
        return due, now


@frozen
class GetsThenSets(Watched):
    """A mutant: asks, decides by itself, and tells Redis."""

    async def _owed(self, key: str, limit: Limit, debt: int) -> tuple[int, int]:
        client, name = self._line.client, self._line.key("limit", key)
        due = int(await client.get(name) or 0)
        seconds, rest = await client.time()
        now = seconds * 1_000_000 + rest
        verdict, after = judged(limit, due, now)
        self.asked.append(now)
        if verdict.is_allowed:
            await client.set(name, after, px=60_000)
            self.passed.append(now)
        return due, now


@pytest.fixture
def own_server(server_of: Callable[[str], str], tmp_path: Path) -> Iterator[Server]:
    """A server that may be killed."""
    server_of("redis")  # a machine that cannot have one skips here
    server = valkey.start(tmp_path)
    yield server
    server.stop()


async def herd(
    url: str, limiter: type[Watched], hits: int, *, replicas: int = PROCESSES, killed: Callable[[], None] | None = None
) -> tuple[list[Watched], list[tuple[int, bool]]]:
    """Many clients of several processes on one key; of each hit its moment by our clock, and whether it passed."""
    budget = BUDGET if killed else PATIENT
    server, numbers, verdicts = evolve(parse_server(url), prefix=f"{uuid4()}:"), iter(range(hits)), []
    async with AsyncExitStack() as stack:
        limiters = [
            limiter(await stack.enter_async_context(open_line(server, budget)), LocalLimits(replicas))
            for _ in range(replicas)
        ]
        for limits in limiters:  # one by one: the connections of four processes are much for one loop at once
            while len(limits.asked) < CONNECTIONS:  # a server that has just been started is slow to answer
                await asyncio.gather(*(limits.hit("another", LIMIT) for _ in range(CONNECTIONS)))
                await asyncio.sleep(0.05)
            limits.passed.clear()
            limits.asked.clear()

        async def client(limits: Watched) -> None:
            for number in numbers:
                if killed and number == hits // 2:
                    killed()
                verdict = await limits.hit("one", LIMIT)
                verdicts.append((monotonic_ns() // 1_000, verdict.is_allowed))
                await asyncio.sleep(0.002)  # else it would be over in no time while nobody is asked

        await asyncio.gather(*(client(limits) for limits in limiters for _ in range(CLIENTS)))
    return limiters, verdicts


@pytest.mark.promise("R22")
async def test_a_herd_of_several_processes_gets_no_more_than_the_limit_through(
    server_of: Callable[[str], str], record_property: Callable[[str, object], None]
) -> None:
    limiters, verdicts = await herd(server_of("redis"), Watched, HITS)
    passed = sorted(now for limits in limiters for now in limits.passed)
    asked = sorted(now for limits in limiters for now in limits.asked)
    took = asked[-1] - asked[0]
    most = LIMIT.burst + took // LIMIT.interval + 1

    record_property("on", "redis")
    record_property("figure", f"{len(passed)} of {HITS} in {took / 1e6:.1f} s over {PROCESSES} clients, {most} may")
    assert excess(passed, LIMIT) == 0
    assert most // 2 < len(passed) <= most
    assert len(asked) > HITS / 2
    assert len(verdicts) == HITS


@pytest.mark.promise("R22")
@pytest.mark.parametrize("replicas", [1, PROCESSES])
async def test_redis_killed_in_the_middle_fails_nobody_and_lets_no_herd_through(
    own_server: Server, record_property: Callable[[str, object], None], replicas: int
) -> None:
    killed_at = list[int]()

    def killed() -> None:
        os.killpg(own_server.pid, signal.SIGKILL)
        killed_at.append(monotonic_ns() // 1_000)

    limiters, verdicts = await herd(own_server.url, Watched, HITS, replicas=replicas, killed=killed)
    before = sorted(now for limits in limiters for now in limits.passed)
    after = [at for at, passed in verdicts if passed and at > killed_at[0]]
    took = verdicts[-1][0] - killed_at[0]
    # Each process by itself: what it may let through at once, and then at its share of the rate.
    local = share(LIMIT, replicas)
    most = replicas * (local.burst + took // local.interval + 1)

    record_property("on", "redis")
    figure = f"killed under {replicas}: 0 of {HITS} failed, {len(after)} in the {took / 1e6:.1f} s after, {most} may"
    record_property("figure", figure)
    assert len(verdicts) == HITS
    assert excess(before, LIMIT) == 0
    assert 0 < len(after) <= most
    if replicas == 1:
        # Kept warm, the local limiter knows of all that came before: there is no second burst at the hand-over.
        whole = verdicts[-1][0] - verdicts[0][0]
        assert sum(passed for _, passed in verdicts) <= LIMIT.burst + whole // LIMIT.interval + 2


@pytest.mark.mutant("R22")
async def test_a_limiter_that_gets_and_then_sets_lets_too_many_through(server_of: Callable[[str], str]) -> None:
    limiters, _ = await herd(server_of("redis"), GetsThenSets, 2_000)
    passed = sorted(now for limits in limiters for now in limits.passed)

    assert excess(passed, LIMIT) > 0


@pytest.mark.mutant("R22")
async def test_a_local_limiter_that_was_not_kept_warm_lets_a_second_burst_through(own_server: Server) -> None:
    class Cold(LocalLimits):
        """A mutant: counts only once it has to decide."""

        def hit(self, key: str, limit: Limit):
            if not dead:
                self._due.clear()
            return super().hit(key, limit)

    dead = list[int]()
    async with open_line(parse_server(own_server.url)) as line:
        found = dict[str, int]()
        for name, local in (("cold", Cold()), ("warm", LocalLimits())):
            limits = RedisRateLimiter(line, local)
            limit, dead[:] = Limit(20, timedelta(hours=1)), []
            hits = [(await limits.hit(name, limit)).is_allowed for _ in range(30)]
            dead.append(1)
            line._failed(OSError("as if it were away"), line._failed_at + 1)
            found[name] = sum(hits) + sum([(await limits.hit(name, limit)).is_allowed for _ in range(30)])
            line._answered()

    assert found["warm"] <= 21
    assert found["cold"] > 21
