"""
G6: events out of PostgreSQL's outbox, in batches of 500 and in the order of each key, beside one DELETE that returns
what it takes (the limit), and beside one event at a time (the peer). And how long an event waits for its relay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any
from uuid import UUID

import psycopg
from attrs import define, field

from carmarket.adapters.postgres import offer as open_postgres
from carmarket.adapters.postgres.events import told_rows
from carmarket.codec.events import decode_event
from carmarket.core.events import Event
from carmarket.ports.catalog import LISTINGS
from carmarket.ports.events import OUTBOX, EventPublisher, Outbox
from carmarket.testing.builders import a_draft
from carmarket.testing.contracts.subscriptions import an_event
from tests.bench.clock import goal, in_turn
from tests.bench.server import own_postgres

ROWS, FEW, BATCH = 10_000, 500, 500
COMMITS = 300
COPY = "COPY outbox (part, key, version, type, type_version, at, data) FROM STDIN"
TAKE = """
DELETE FROM outbox WHERE number IN (SELECT number FROM outbox ORDER BY number LIMIT 500 FOR UPDATE SKIP LOCKED)
RETURNING number, type, type_version, data
"""


@define
class Deaf(EventPublisher):
    """Acknowledges at once, and notes when."""

    at: dict[UUID, float] = field(factory=dict)

    async def publish(self, events: Sequence[Event]) -> None:
        now = perf_counter()
        self.at.update((event.key, now) for event in events)


def g6() -> dict[str, Any]:
    with own_postgres() as server:
        rates: dict[str, int] = {"ours": ROWS, "limit": ROWS, "peer": FEW}
        taken: dict[str, list[float]] = {name: [] for name in rates}
        ways = {"ours": _ours, "limit": _limit, "peer": _peer}

        def run(name: str) -> None:
            asyncio.run(_fill(server.url, rates[name]))
            taken[name].append(asyncio.run(ways[name](server.url)))

        in_turn({name: partial(run, name) for name in ways}, rounds=5)
        figures = {name: rates[name] / sorted(times)[len(times) // 2] for name, times in taken.items()}
        late = asyncio.run(_lateness(server.url))
    return goal(
        **figures, target=">= 0.3x limit; commit to publish p99 <= 10 ms",
        met=figures["ours"] >= 0.3 * figures["limit"] and late <= 10, unit="events/s", more_is_better=True,
    ) | {"commit_to_publish_p99_ms": late}  # fmt: skip


async def _fill(url: str, count: int) -> None:
    events = [an_event(key, 1) for key in range(1, count + 1)]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("TRUNCATE outbox")
        async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for row in told_rows(events):
                await copy.write_row(row)
        await connection.execute("ANALYZE outbox")


async def _ours(url: str) -> float:
    return await _relayed(url, BATCH)


async def _peer(url: str) -> float:
    return await _relayed(url, 1)


async def _relayed(url: str, limit: int) -> float:
    async with open_postgres(url) as offer:
        outbox, publisher = await offer.get(OUTBOX), Deaf()
        begun = perf_counter()
        while await outbox.relay(publisher, limit=limit):
            pass
        return perf_counter() - begun


async def _limit(url: str) -> float:
    """Whoever deletes first has it: no order of keys, and lost if the broker does not take it."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        begun = perf_counter()
        while rows := await (await connection.execute(TAKE)).fetchall():
            await Deaf().publish([decode_event(name, version, data) for _, name, version, data in rows])
        return perf_counter() - begun


async def _lateness(url: str) -> float:
    """Milliseconds from the return of a commit to the call of the publisher, 99th percentile."""
    async with open_postgres(url) as offer:
        outbox, listings, publisher = await offer.get(OUTBOX), await offer.get(LISTINGS), Deaf()
        relaying = asyncio.create_task(_repeat(outbox, publisher))
        committed = {}
        for number in range(10**6, 10**6 + COMMITS):
            change = a_draft(number)
            await listings.save(change)
            committed[change.state.id] = perf_counter()
            await asyncio.sleep(0.01)
        relaying.cancel()
        with suppress(asyncio.CancelledError):
            await relaying
    late = sorted((publisher.at[key] - at) * 1_000 for key, at in committed.items() if key in publisher.at)
    return max(0.0, late[len(late) * 99 // 100])


async def _repeat(outbox: Outbox, publisher: EventPublisher) -> None:
    """As the loop of a worker does."""
    while True:
        while await outbox.relay(publisher):
            pass
        await outbox.wait(1)
