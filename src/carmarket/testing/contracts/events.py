"""
The law of `EventLog`, `ReaderPositions` and `Leadership`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

import pytest

from carmarket.core.money import Money
from carmarket.ports.catalog import LISTINGS, ListingRepository
from carmarket.ports.events import EVENTS, LEADERSHIP, READERS, EventLog, ReaderPositions
from carmarket.ports.offer import Offer
from carmarket.testing.builders import NOW, a_draft, a_published

Open = Callable[[], AbstractAsyncContextManager[Offer]]


class EventLogContract:
    """Give a fixture `open_catalog` that opens a new, empty store each time it is called."""

    @pytest.fixture
    async def offer(self, open_catalog: Open) -> AsyncIterator[Offer]:
        async with open_catalog() as offer:
            yield offer

    @pytest.fixture
    async def listings(self, offer: Offer) -> ListingRepository:
        return await offer.get(LISTINGS)

    @pytest.fixture
    async def log(self, offer: Offer) -> EventLog:
        return await offer.get(EVENTS)

    @pytest.fixture
    async def readers(self, offer: Offer) -> ReaderPositions:
        return await offer.get(READERS)

    async def test_a_new_log_is_empty(self, log: EventLog) -> None:
        assert (await log.last(), await log.pruned(), await log.read(0, 10)) == (0, 0, ())

    async def test_events_are_read_behind_a_position_in_order(self, log: EventLog, listings: ListingRepository) -> None:
        for number in range(1, 6):
            await listings.save(a_draft(number))

        everything = await log.read(0, 100)
        assert [item.position for item in everything] == sorted({item.position for item in everything})
        assert everything[-1].position == await log.last()
        assert await log.read(everything[1].position, 2) == everything[2:4]
        assert await log.read(await log.last(), 10) == ()

    async def test_a_reader_that_has_seen_a_position_never_finds_another_event_at_or_below_it(
        self, log: EventLog, listings: ListingRepository
    ) -> None:
        seen: list[UUID] = []
        done = asyncio.Event()

        async def write(writer: int) -> None:
            for number in range(40):
                change = a_published(1 + writer * 1_000 + number)
                await listings.save(change)
                await listings.save(change.state.reprice(Money(number + 1, "USD"), now=NOW))

        async def tail() -> None:
            position = 0
            while not done.is_set() or position < await log.last():
                for item in await log.read(position, 7):
                    assert item.position > position
                    position = item.position
                    seen.append(item.event.id)
                await asyncio.sleep(0)

        reader = asyncio.create_task(tail())
        await asyncio.gather(*(write(writer) for writer in range(8)))
        done.set()
        await reader

        assert len(seen) == len(set(seen)) == 8 * 40 * 4

    async def test_waiting_ends_when_there_is_an_event(self, log: EventLog, listings: ListingRepository) -> None:
        waiting = asyncio.create_task(log.wait(0, 30))
        await asyncio.sleep(0.05)
        assert not waiting.done()

        await listings.save(a_draft())

        async with asyncio.timeout(5):
            assert await waiting

    async def test_waiting_ends_at_once_where_there_is_one_and_in_time_where_there_is_none(
        self, log: EventLog, listings: ListingRepository
    ) -> None:
        assert not await log.wait(0, 0.01)
        await listings.save(a_draft())

        assert await log.wait(0, 30)
        assert not await log.wait(await log.last(), 0.01)

    async def test_old_events_are_forgotten_but_never_the_newest(
        self, log: EventLog, listings: ListingRepository
    ) -> None:
        for day in range(4):
            await listings.save(a_draft(day + 1, now=NOW + timedelta(days=day)))

        assert await log.prune(NOW + timedelta(days=2)) == 2
        assert [item.event.key.int for item in await log.read(await log.pruned(), 10)] == [3, 4]
        assert await log.prune(NOW + timedelta(days=100)) == 1
        assert [item.event.key.int for item in await log.read(0, 10)] == [4]
        assert await log.prune(NOW + timedelta(days=100)) == 0
        assert await log.pruned() == await log.last() - 1

    async def test_a_reader_moves_forward_only(self, readers: ReaderPositions) -> None:
        assert await readers.position("mail") == 0
        await readers.move("mail", 7)
        await readers.move("mail", 3)
        await readers.move("other", 2)

        assert (await readers.position("mail"), await readers.position("other")) == (7, 2)

    async def test_a_reader_is_put_where_it_is_said_and_moves_on_from_there(self, readers: ReaderPositions) -> None:
        await readers.move("mail", 7)
        await readers.move("other", 7)
        await readers.rewind("mail", 2)
        await readers.rewind("new", 5)
        assert [await readers.position(name) for name in ("mail", "other", "new")] == [2, 7, 5]
        await readers.move("mail", 4)

        assert await readers.position("mail") == 4

    async def test_marks_are_remembered(self, readers: ReaderPositions) -> None:
        for number in range(100):
            await readers.mark(UUID(int=number))
        await readers.mark(UUID(int=99))

        assert all([await readers.has_mark(UUID(int=number)) for number in range(100)])
        assert not await readers.has_mark(UUID(int=1_000))

    async def test_who_leads_goes_on_leading(self, offer: Offer) -> None:
        leadership = await offer.get(LEADERSHIP)

        assert all(await asyncio.gather(*(leadership.leads() for _ in range(8))))
        assert await leadership.leads()
