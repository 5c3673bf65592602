"""
R7 from PostgreSQL to Kafka: writers that commit late, relays that compete, and a reader that misses nothing.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from attrs import frozen

from carmarket.adapters.kafka import offer as kafka_offer
from carmarket.adapters.postgres.catalog import SQL, _row
from carmarket.adapters.postgres.events import PostgresOutbox, told
from carmarket.core.catalog.listing import Listing
from carmarket.core.money import Money
from carmarket.ports.events import OUTBOX, PUBLISHER, SUBSCRIPTIONS, EventPublisher, Outbox, Recorded, Subscription
from carmarket.testing.builders import NOW, a_draft
from tests.contracts.test_outbox import WithoutParts

FULL = os.environ.get("CARMARKET_FULL") == "1"
EVENTS = 20_000 if FULL else 1_600
WRITERS, RELAYS, KEYS = 16, 4, 2
PATIENCE = 60.0
Kind = Callable[[Outbox], Outbox]


@frozen(kw_only=True)
class Carried:
    """What a reader was given, in its order, by key."""

    versions: Mapping[UUID, Sequence[int]]

    @property
    def lost(self) -> int:
        """Of each key the versions are 1, 2, 3 and so on, and each writer wrote as many."""
        each = EVENTS // WRITERS // KEYS
        return sum(each - len(set(versions)) for versions in self.versions.values()) + each * (
            WRITERS * KEYS - len(self.versions)
        )

    @property
    def inversions(self) -> int:
        """First deliveries of a version after a higher one of its key."""
        count = 0
        for versions in self.versions.values():
            highest, seen = 0, set[int]()
            for version in versions:
                count += version not in seen and version < highest
                highest = max(highest, version)
                seen.add(version)
        return count


async def write(url: str, writer: int) -> None:
    """One change of one of its cars after the other; each commit comes late, some of them very late."""
    rng = Random(writer)
    states: dict[int, Listing] = {}
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for round_ in range(EVENTS // WRITERS // KEYS):
            for key in range(KEYS):
                number = writer * KEYS + key + 1
                known = states.get(number)
                change = a_draft(number) if known is None else known.reprice(Money(1_000 + round_, "USD"), now=NOW)
                states[number] = change.state
                async with connection.transaction():
                    values = {**_row(change.state), "base": change.base, **told(change.events)}
                    await connection.execute(SQL["update" if change.base else "insert"], values)
                    await asyncio.sleep(0.1 if rng.random() < 0.02 else rng.uniform(0, 0.004))


async def relay(outbox: Outbox, publisher: EventPublisher, is_over: asyncio.Event) -> None:
    while not (await outbox.relay(publisher, limit=50) == 0 and is_over.is_set()):  # noqa: ASYNC110  nobody tells
        await asyncio.sleep(0)


async def read(subscription: Subscription) -> Carried:
    """Until as many as were written are there, or nothing comes for a while."""
    versions: dict[UUID, list[int]] = defaultdict(list)
    seen: set[tuple[UUID, int]] = set()
    while len(seen) < EVENTS and await subscription.wait(5):
        batch: Sequence[Recorded] = await subscription.next(500)
        for one in batch:
            versions[one.event.key].append(one.event.version)
            seen.add((one.event.key, one.event.version))
        await subscription.done(batch)
    return Carried(versions=versions)


async def carried(databases: Any, kafka: str, kind: Kind) -> Carried:
    """Written, relayed and read at the same time; each relay over connections of its own."""
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(databases())]
        stores += [await stack.enter_async_context(databases.again()) for _ in range(RELAYS - 1)]
        brokers = [await stack.enter_async_context(kafka_offer(kafka)) for _ in range(RELAYS)]
        reading = asyncio.create_task(read((await brokers[0].get(SUBSCRIPTIONS)).subscribe("check")))
        is_over = asyncio.Event()
        relaying = [
            asyncio.create_task(relay(kind(await store.get(OUTBOX)), await broker.get(PUBLISHER), is_over))
            for store, broker in zip(stores, brokers, strict=True)
        ]
        await asyncio.gather(*(write(databases.urls[-1], writer) for writer in range(WRITERS)))
        is_over.set()
        await asyncio.gather(*relaying)
        return await asyncio.wait_for(reading, PATIENCE)


@pytest.fixture
def kafka(server_of: Callable[[str], str]) -> str:
    return f"{server_of('kafka')}/{uuid4().hex}?partitions=3&replication=1"


@pytest.mark.slow
@pytest.mark.promise("R7")
async def test_what_is_committed_late_is_carried_in_order(open_postgres: Any, kafka: str, record_property: Any) -> None:
    told = await carried(open_postgres, kafka, lambda outbox: outbox)

    record_property("on", "postgres, kafka")
    record_property(
        "figure",
        f"{EVENTS:,} events of {WRITERS} writers with slow commits, {RELAYS} relays: {told.lost} lost, "
        f"{told.inversions} inversions",
    )
    assert (told.lost, told.inversions) == (0, 0)


@pytest.mark.slow
@pytest.mark.mutant("R7")
async def test_relays_that_share_no_parts_turn_events_round_in_kafka(open_postgres: Any, kafka: str) -> None:
    def without_parts(outbox: Outbox) -> Outbox:
        assert isinstance(outbox, PostgresOutbox)
        return WithoutParts(outbox._database, outbox._bell)

    for attempt in range(3):
        told = await carried(open_postgres, kafka.replace("?", f"-{attempt}?"), without_parts)
        if told.lost or told.inversions:
            return
    pytest.fail("nothing was turned round")
