"""
R7: every event reaches every reader, in order per car, while many write.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from carmarket.adapters.memory import MemoryClock
from carmarket.core.catalog.listing import Listing
from carmarket.core.events import Event
from carmarket.core.money import Money
from carmarket.ports.catalog import LISTINGS, ListingRepository
from carmarket.ports.dead_letters import DEAD_LETTERS
from carmarket.ports.events import EVENTS, READERS, EventLog, ReaderPositions
from carmarket.services.readers import Reader
from carmarket.services.subscriptions import LogSubscription
from carmarket.testing.builders import NOW, a_draft

EVENTS_IN_ALL = 20_000 if os.environ.get("CARMARKET_FULL") == "1" else 3_200
WRITERS, READERS_AT_WORK, EVENTS_A_CAR = 16, 4, 10


class Died(BaseException):
    """As a process does: no reader gets to say what becomes of its work."""


class Ledger:
    """What one reader was given, and what it lost or saw out of order."""

    def __init__(self) -> None:
        self.versions: dict[UUID, list[int]] = defaultdict(list)

    def take(self, events: Sequence[Event]) -> None:
        for event in events:
            self.versions[event.key].append(event.version)

    def inversions(self) -> int:
        """First deliveries of a lower version behind a higher one."""
        count = 0
        for versions in self.versions.values():
            first = list(dict.fromkeys(versions))
            count += sum(1 for one, two in pairwise(first) if two < one)
        return count

    def lost(self, cars: int) -> int:
        found = sum(len(set(versions)) for versions in self.versions.values())
        return cars * EVENTS_A_CAR - found


async def run(  # noqa: C901  # actors that share a stage
    open_catalog: Callable[[], Any], step: Callable[[Reader], Awaitable[int]]
) -> tuple[int, int]:
    """Writers and readers at once, of which each dies now and then in its work. How many events are lost, inverted."""
    cars = EVENTS_IN_ALL // EVENTS_A_CAR
    ledgers = [Ledger() for _ in range(READERS_AT_WORK)]
    async with open_catalog() as offer:
        listings: ListingRepository = await offer.get(LISTINGS)
        log: EventLog = await offer.get(EVENTS)
        positions: ReaderPositions = await offer.get(READERS)
        dead_letters = await offer.get(DEAD_LETTERS)
        written = asyncio.Event()

        async def write(writer: int) -> None:
            for number in range(writer, cars, WRITERS):
                change = a_draft(number + 1)
                await listings.save(change)
                listing: Listing = change.state
                for price in range(1, EVENTS_A_CAR):
                    following = listing.reprice(Money(price, "USD"), now=NOW)
                    await listings.save(following)
                    listing = following.state
                    await asyncio.sleep(0)

        def reader_of(ledger: Ledger, number: int) -> Reader:
            turns = 0

            async def policy(events: Sequence[Event]) -> None:
                nonlocal turns
                turns += 1
                await asyncio.sleep(0)
                if turns % 3 == 0:
                    raise Died
                ledger.take(events)

            return Reader(
                name=f"reader-{number}", subscription=LogSubscription(log, positions, f"reader-{number}"),
                dead_letters=dead_letters,
                clock=MemoryClock(NOW), policy=policy,
            )  # fmt: skip

        async def read(reader: Reader) -> None:
            while not written.is_set() or await positions.position(reader.name) < await log.last():
                try:
                    if not await step(reader):
                        await asyncio.sleep(0.001)
                except Died:
                    continue

        readers = [asyncio.create_task(read(reader_of(ledger, n))) for n, ledger in enumerate(ledgers)]
        await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
        written.set()
        await asyncio.gather(*readers)
    return sum(ledger.lost(cars) for ledger in ledgers), sum(ledger.inversions() for ledger in ledgers)


@pytest.mark.promise("R7")
async def test_readers_that_die_in_the_middle_lose_nothing_and_keep_the_order(open_catalog, record_property):
    lost, inverted = await run(open_catalog, lambda reader: reader.step())

    record_property(
        "figure", f"{lost} lost, {inverted} inverted of {EVENTS_IN_ALL} events for {READERS_AT_WORK} readers"
    )
    assert (lost, inverted) == (0, 0)


@pytest.mark.mutant("R7")
async def test_a_reader_that_moves_before_its_work_is_caught(open_catalog):
    async def move_first(reader: Reader) -> int:
        recorded = await reader.subscription.next(100)
        if recorded:
            await reader.subscription.done(recorded)
            await reader.policy([item.event for item in recorded])
        return len(recorded)

    lost, _ = await run(open_catalog, move_first)

    assert lost > 0
