"""
The law of `ReviewRepository` and `ReviewableBookings`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carmarket.core.actor import UserId
from carmarket.core.booking.booking import BookingId
from carmarket.core.catalog.car import SellerId
from carmarket.core.errors import ConcurrencyConflictError, ConflictError
from carmarket.core.reviews.rating import Rating
from carmarket.core.reviews.review import Review, ReviewId, review_id
from carmarket.core.reviews.reviewable import WINDOW
from carmarket.core.side import Side
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.events import EVENTS, EventLog
from carmarket.ports.offer import Offer
from carmarket.ports.reviews import (
    REVIEWABLE_BOOKINGS,
    REVIEWS,
    ReviewableBookings,
    ReviewFilter,
    ReviewRepository,
)
from carmarket.testing.bookings import CUSTOMER
from carmarket.testing.builders import DEALER, NOW
from carmarket.testing.reviews import a_public_review, a_review, a_reviewable

Open = Callable[[], AbstractAsyncContextManager[Offer]]
SELLER, OTHER = SellerId(DEALER), SellerId(UUID(int=0x07E2))
BEN = UserId(UUID(int=0xBE2))
MINUTE = timedelta(minutes=1)
STEPS = ("approve", "reject", "reveal", "answer", "report", "forget")


@frozen
class Stores:
    reviews: ReviewRepository
    bookings: ReviewableBookings
    log: EventLog


@asynccontextmanager
async def stores(open_reviews: Open) -> AsyncIterator[Stores]:
    """New, empty stores."""
    async with open_reviews() as offer:
        yield Stores(await offer.get(REVIEWS), await offer.get(REVIEWABLE_BOOKINGS), await offer.get(EVENTS))


class ReviewRepositoryContract:
    """Give a fixture `open_reviews` that opens new, empty stores each time it is called."""

    async def test_what_was_saved_is_read_back_equal(self, open_reviews: Open) -> None:
        async with stores(open_reviews) as it:
            written = a_review(text="Fünf Sterne!\nGern wieder. 🚗")
            await it.reviews.save(written)
            assert await it.reviews.get(written.state.id) == written.state

            later = (
                written.state.approve(now=NOW + MINUTE)
                .then(lambda one: one.reveal(now=NOW + WINDOW))
                .then(lambda one: one.answer("Thank you.", now=NOW + WINDOW))
                .then(lambda one: one.report(BEN, "It is made up.", now=NOW + WINDOW))
            )
            await it.reviews.save(later)
            assert await it.reviews.get(written.state.id) == later.state
            assert await it.reviews.get(ReviewId(UUID(int=9))) is None

    async def test_state_and_events_are_written_together_or_not_at_all(self, open_reviews: Open) -> None:
        async with stores(open_reviews) as it:
            written = a_review()
            approved = written.state.approve(now=NOW)
            await it.reviews.save(written)
            await it.reviews.save(approved)
            with pytest.raises(ConcurrencyConflictError):
                await it.reviews.save(written.state.reject("No.", now=NOW))
            with pytest.raises(ConcurrencyConflictError):
                await it.reviews.save(a_review(text="Something else."))
            await it.reviews.save(approved.state.approve(now=NOW))

            assert [one.event for one in await it.log.read(0, 10)] == [*written.events, *approved.events]

    async def test_of_many_who_write_one_review_one_wins(self, open_reviews: Open) -> None:
        async with stores(open_reviews) as it:
            rivals = (it.reviews.save(a_review(text=f"Words {n}.")) for n in range(20))
            results = await asyncio.gather(*rivals, return_exceptions=True)

            assert [type(one) for one in results].count(ConcurrencyConflictError) == 19
            assert len(await it.reviews.find(ReviewFilter())) == len(await it.log.read(0, 10)) == 1

    async def test_reviews_are_found_by_what_is_asked(self, open_reviews: Open) -> None:
        async with stores(open_reviews) as it:
            await it.reviews.save(a_review(1))
            await it.reviews.save(a_review(1, author=Side.SELLER))
            await it.reviews.save(a_public_review(2, now=NOW + MINUTE))
            await it.reviews.save(a_public_review(3, now=NOW + 2 * MINUTE, customer=BEN, seller=OTHER))
            reported = a_public_review(4, now=NOW + 3 * MINUTE).then(lambda it: it.report(BEN, "No.", now=NOW))
            await it.reviews.save(reported)
            await it.reviews.save(a_review(5, now=NOW + 4 * MINUTE).then(lambda it: it.reject("No.", now=NOW)))

            async def found(**said: Any) -> list[int]:
                return [one.booking_id.int for one in await it.reviews.find(ReviewFilter(**said))]

            assert sorted(await found()) == [1, 1, 2, 3, 4, 5]
            assert await found(seller=OTHER) == await found(customer=BEN) == [3]
            assert await found(author=Side.SELLER) == [1]
            assert await found(is_public=True) == [4, 3, 2]
            assert sorted(await found(is_public=False)) == [1, 1, 5]
            assert await found(seller=SELLER, author=Side.CUSTOMER, is_public=True) == [4, 2]
            assert sorted(await found(is_waiting=True)) == [1, 1, 4]
            assert await found(reveals_by=NOW + WINDOW - MINUTE) == []
            assert sorted(await found(reveals_by=NOW + WINDOW)) == [1, 1, 5]
            assert await found(reported_by=BEN) == [4]
            assert await found(reported_by=CUSTOMER) == []

    @pytest.mark.parametrize("oldest_first", [False, True])
    async def test_a_list_goes_on_behind_the_last_that_was_seen(
        self, open_reviews: Open, *, oldest_first: bool
    ) -> None:
        async with stores(open_reviews) as it:
            for number in range(1, 10):
                await it.reviews.save(a_review(number, now=NOW + MINUTE * (number // 4)))

            seen: list[Review] = []
            while page := await it.reviews.find(
                ReviewFilter(seller=SELLER),
                after=Bookmark(seen[-1].created_at, seen[-1].id) if seen else None,
                limit=2,
                oldest_first=oldest_first,
            ):
                seen += page

            assert seen == sorted(seen, key=lambda one: (one.created_at, one.id), reverse=not oldest_first)
            assert len(seen) == len({one.id for one in seen}) == 9

    async def test_a_rating_counts_what_customers_say_in_public(self, open_reviews: Open) -> None:
        async with stores(open_reviews) as it:
            for number, stars in enumerate([5, 5, 4, 1], start=1):
                await it.reviews.save(a_public_review(number, stars=stars))
            await it.reviews.save(a_public_review(5, stars=2, author=Side.SELLER))
            await it.reviews.save(a_public_review(6, stars=3, seller=OTHER))
            await it.reviews.save(a_review(7, stars=2))

            rating = await it.reviews.rating(SELLER)

            assert rating == Rating((1, 0, 0, 1, 2))
            assert (rating.count, rating.average) == (4, 3.75)
            assert await it.reviews.rating(SellerId(UUID(int=3))) == Rating()

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    async def test_a_rating_never_drifts_from_what_is_public(self, open_reviews: Open, data: st.DataObject) -> None:
        async with stores(open_reviews) as it:
            await rated_through_a_history(it.reviews, data)

    async def test_a_completed_booking_is_remembered_as_it_was_told_first(self, open_reviews: Open) -> None:
        async with stores(open_reviews) as it:
            await it.bookings.tell([])
            await it.bookings.tell([a_reviewable(1), a_reviewable(2, customer=BEN)])
            await it.bookings.tell([a_reviewable(1, completed_at=NOW + MINUTE)])

            assert await it.bookings.get(BookingId(UUID(int=1))) == a_reviewable(1)
            assert await it.bookings.get(BookingId(UUID(int=3))) is None

    async def test_a_person_who_is_forgotten_stays_forgotten(self, open_reviews: Open) -> None:
        async with stores(open_reviews) as it:
            await it.bookings.tell([a_reviewable(1), a_reviewable(2, customer=BEN)])
            await it.bookings.forget(CUSTOMER)
            await it.bookings.tell([a_reviewable(1)])

            assert await it.bookings.get(BookingId(UUID(int=1))) == evolve(a_reviewable(1), customer=None)
            assert await it.bookings.get(BookingId(UUID(int=2))) == a_reviewable(2, customer=BEN)

    async def test_the_reports_and_reviews_of_a_person_who_is_forgotten_are_found_no_more(
        self, open_reviews: Open
    ) -> None:
        async with stores(open_reviews) as it:
            change = a_public_review(1).then(lambda one: one.report(BEN, "No.", now=NOW))
            await it.reviews.save(change)
            for person in (BEN, CUSTOMER):
                change = change.state.forget(person, now=NOW)
                await it.reviews.save(change)

            assert await it.reviews.find(ReviewFilter(reported_by=BEN)) == ()
            assert await it.reviews.find(ReviewFilter(customer=CUSTOMER)) == ()
            assert await it.reviews.get(change.state.id) == change.state


async def rated_through_a_history(reviews: ReviewRepository, data: st.DataObject) -> None:
    """Whatever happens to the reviews of two bookings: after each step the rating is what a recount gives."""
    known: dict[ReviewId, Review] = {}
    for _ in range(data.draw(st.integers(10, 30))):
        number, side = data.draw(st.integers(1, 2)), data.draw(st.sampled_from(Side))
        review = known.get(review_id(BookingId(UUID(int=number)), side))
        if review is None:
            change = a_review(number, author=side, stars=data.draw(st.integers(1, 5)))
        else:
            try:
                change = step_of(review, data.draw(st.sampled_from(STEPS)))
            except ConflictError:
                continue
        await reviews.save(change)
        known[change.state.id] = change.state
        public = [one.stars for one in known.values() if one.is_public and one.author is Side.CUSTOMER]

        assert await reviews.rating(SELLER) == Rating.of(public)


def step_of(review: Review, name: str) -> Any:
    """A decision about the review; raises ConflictError where there is no such step."""
    now = NOW + WINDOW
    return {
        "approve": lambda: review.approve(now=now),
        "reject": lambda: review.reject("No.", now=now),
        "reveal": lambda: review.reveal(now=now),
        "answer": lambda: review.answer("Thanks.", now=now),
        "report": lambda: review.report(BEN, "No.", now=now),
        "forget": lambda: review.forget(CUSTOMER, now=now),
    }[name]()
