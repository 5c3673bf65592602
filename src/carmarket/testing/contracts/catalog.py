"""
The law of `ListingRepository`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings

from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import Details, ListingId
from carmarket.core.errors import ConcurrencyConflictError, VinTakenError
from carmarket.core.money import Money
from carmarket.ports.catalog import LARGEST_BATCH, LISTINGS, ListingFilter, ListingRepository
from carmarket.ports.events import EVENTS, EventLog
from carmarket.ports.offer import Offer
from carmarket.testing.builders import NOW, a_draft, a_published, a_vin
from carmarket.testing.listings import some_details_at_all

Open = Callable[[], AbstractAsyncContextManager[Offer]]


class ListingRepositoryContract:
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

    async def test_what_was_never_saved_is_none(self, listings: ListingRepository) -> None:
        assert await listings.get(ListingId(UUID(int=1))) is None
        assert await listings.get_many([ListingId(UUID(int=1))]) == ()
        assert await listings.find(ListingFilter()) == ()
        assert await listings.count(ListingFilter()) == 0

    def test_what_was_saved_is_read_back_in_every_field(self, open_catalog: Open) -> None:
        @settings(max_examples=30, deadline=None)
        @given(some_details_at_all())
        def round_trip(details: Details) -> None:
            change = a_draft().then(lambda it: it.revise(details, now=NOW + timedelta(seconds=1)))

            async def run() -> None:
                async with open_catalog() as offer:
                    listings = await offer.get(LISTINGS)
                    await listings.save(change)

                    assert await listings.get(change.state.id) == change.state
                    recorded = await (await offer.get(EVENTS)).read(0, 10)
                    assert [item.event for item in recorded] == list(change.events)

            asyncio.run(run())

        round_trip()

    async def test_state_and_events_are_there_together(self, listings: ListingRepository, log: EventLog) -> None:
        change = a_published()
        await listings.save(change)

        assert [item.event for item in await log.read(0, 10)] == list(change.events)
        assert [item.event.version for item in await log.read(0, 10)] == [1, 2, 3]

    async def test_a_refused_change_leaves_neither_state_nor_event(
        self, listings: ListingRepository, log: EventLog
    ) -> None:
        await listings.save(a_published(1))
        last = await log.last()

        with pytest.raises(ConcurrencyConflictError):
            await listings.save(a_draft(1))

        assert await log.last() == last
        assert await listings.get(ListingId(UUID(int=1))) == a_published(1).state

    async def test_a_stale_version_is_a_conflict(self, listings: ListingRepository) -> None:
        await listings.save(a_published())
        read = await listings.get(ListingId(UUID(int=1)))
        assert read is not None
        await listings.save(read.pause(now=NOW))

        with pytest.raises(ConcurrencyConflictError):
            await listings.save(read.sell(now=NOW))

    async def test_an_update_of_what_is_not_there_is_a_conflict(self, listings: ListingRepository) -> None:
        with pytest.raises(ConcurrencyConflictError):
            await listings.save(a_published().state.pause(now=NOW))

    async def test_of_many_writers_from_one_version_one_wins(self, listings: ListingRepository, log: EventLog) -> None:
        await listings.save(a_published())
        read = await listings.get(ListingId(UUID(int=1)))
        assert read is not None
        rivals = [read.reprice(Money(1_000 + n, "USD"), now=NOW) for n in range(32)]

        results = await asyncio.gather(*(listings.save(rival) for rival in rivals), return_exceptions=True)

        assert [type(result) for result in results].count(ConcurrencyConflictError) == 31
        winner = rivals[results.index(None)]
        assert await listings.get(read.id) == winner.state
        assert await log.last() == 4

    async def test_a_change_that_changes_nothing_writes_nothing(
        self, listings: ListingRepository, log: EventLog
    ) -> None:
        await listings.save(a_published())
        read = await listings.get(ListingId(UUID(int=1)))
        assert read is not None

        await listings.save(read.reprice(read.price.current, now=NOW))

        assert await log.last() == 3

    async def test_a_vin_is_live_once(self, listings: ListingRepository) -> None:
        await listings.save(a_published(1, vin=a_vin()))

        with pytest.raises(VinTakenError):
            await listings.save(a_published(2, vin=a_vin()))
        await listings.save(a_draft(3, vin=a_vin()))

    async def test_a_vin_is_free_again_when_its_listing_ends(self, listings: ListingRepository) -> None:
        await listings.save(a_published(1, vin=a_vin()))
        await listings.save(a_published(1, vin=a_vin()).state.sell(now=NOW))

        await listings.save(a_published(2, vin=a_vin()))

        assert await listings.count(ListingFilter(statuses=frozenset({ListingStatus.PUBLISHED}))) == 1

    async def test_many_are_saved_and_the_rejected_come_back_with_their_reasons(
        self, listings: ListingRepository, log: EventLog
    ) -> None:
        await listings.save(a_published(5))
        changes = [a_published(n, vin=a_vin(n // 2)) for n in range(4, 0, -1)]

        rejected = await listings.save_all([*changes, a_draft(5)])

        assert [(one.change.state.id.int, type(one.reason)) for one in rejected] == [
            (3, VinTakenError),
            (5, ConcurrencyConflictError),
        ]
        assert [one.id.int for one in await listings.find(ListingFilter())] == [1, 2, 4, 5]
        keys = [item.event.key.int for item in await log.read(3, 100)]
        assert keys == [1, 1, 1, 2, 2, 2, 4, 4, 4]

    async def test_a_vin_moves_between_listings_in_the_order_of_their_ids(self, listings: ListingRepository) -> None:
        await listings.save_all([a_published(1, vin=a_vin(1)), a_published(4, vin=a_vin(4))])

        rejected = await listings.save_all(
            [
                a_published(1, vin=a_vin(1)).state.archive(now=NOW),
                a_published(2, vin=a_vin(1)),
                a_published(3, vin=a_vin(4)),
                a_published(4, vin=a_vin(4)).state.archive(now=NOW),
            ]
        )

        assert [one.change.state.id.int for one in rejected] == [3]

    async def test_a_thousand_are_saved_at_once(self, listings: ListingRepository) -> None:
        changes = [a_published(n, vin=a_vin(n)) for n in range(1, LARGEST_BATCH + 1)]

        assert await listings.save_all(changes) == ()
        assert await listings.save_all([]) == ()
        assert await listings.count(ListingFilter()) == LARGEST_BATCH
        assert len(await listings.get_many([change.state.id for change in changes])) == LARGEST_BATCH

    async def test_listings_are_found_by_seller_status_and_end(self, listings: ListingRepository) -> None:
        other = SellerId(UUID(int=77))
        await listings.save_all(
            [a_draft(1), a_published(2), a_published(3, seller=other), a_published(4, now=NOW + timedelta(days=1))]
        )

        async def ids(wanted: ListingFilter) -> list[int]:
            found = [one.id.int for one in await listings.find(wanted)]
            assert await listings.count(wanted) == len(found)
            return found

        published = frozenset({ListingStatus.PUBLISHED})
        assert await ids(ListingFilter()) == [1, 2, 3, 4]
        assert await ids(ListingFilter(seller=other)) == [3]
        assert await ids(ListingFilter(statuses=published)) == [2, 3, 4]
        assert await ids(ListingFilter(statuses=published | {ListingStatus.DRAFT})) == [1, 2, 3, 4]
        assert await ids(ListingFilter(expires_by=NOW + timedelta(days=60))) == [2, 3]
        assert await ids(ListingFilter(expires_by=NOW + timedelta(days=60), seller=other, statuses=published)) == [3]
        assert await ids(ListingFilter(expires_by=NOW)) == []

    async def test_listings_are_found_by_vin(self, listings: ListingRepository) -> None:
        named = [a_draft(n, vin=a_vin(n)) for n in (1, 2, 3)]
        await listings.save_all([*named, a_draft(4)])

        vins = frozenset(vin for one in named[:2] if (vin := one.state.details.vin))
        assert [one.id.int for one in await listings.find(ListingFilter(vins=vins))] == [1, 2]
        assert await listings.count(ListingFilter(vins=frozenset())) == 0

    async def test_pages_walk_by_id(self, listings: ListingRepository) -> None:
        await listings.save_all([a_draft(n) for n in range(1, 8)])

        first = await listings.find(ListingFilter(), limit=3)
        second = await listings.find(ListingFilter(), after=first[-1].id, limit=3)
        third = await listings.find(ListingFilter(), after=second[-1].id, limit=3)

        assert [one.id.int for page in (first, second, third) for one in page] == [1, 2, 3, 4, 5, 6, 7]
        assert await listings.find(ListingFilter(), after=third[-1].id) == ()
        many = await listings.get_many([ListingId(UUID(int=n)) for n in (9, 3, 1, 3)])
        assert [one.id.int for one in many] == [1, 3]
