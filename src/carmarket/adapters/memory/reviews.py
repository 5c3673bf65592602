"""
Reviews in a dictionary.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, evolve, field

from carmarket.adapters.memory.store import MemoryStore
from carmarket.core.actor import UserId
from carmarket.core.booking.booking import BookingId
from carmarket.core.catalog.car import SellerId
from carmarket.core.change import Change
from carmarket.core.reviews.rating import Rating
from carmarket.core.reviews.review import Review, ReviewId
from carmarket.core.reviews.reviewable import ReviewableBooking
from carmarket.core.side import Side
from carmarket.core.versions import demand_base
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.reviews import ReviewableBookings, ReviewFilter, ReviewRepository


@define
class MemoryReviewRepository(ReviewRepository):
    """Every method runs without an await inside, so each is atomic."""

    _store: MemoryStore
    _reviews: dict[ReviewId, Review] = field(factory=dict)

    async def save(self, change: Change[Review]) -> None:
        if change.is_empty:
            return
        demand_base(self._reviews.get(change.state.id), change, what="review")
        self._reviews[change.state.id] = change.state
        self._store.record(change.events)

    async def get(self, review_id: ReviewId) -> Review | None:
        return self._reviews.get(review_id)

    async def find(
        self, wanted: ReviewFilter, *, after: Bookmark | None = None, limit: int = 100, oldest_first: bool = False
    ) -> Sequence[Review]:
        found = [one for one in self._reviews.values() if _is_wanted(one, wanted)]
        if after is not None:
            seen = (after.at, after.id)
            found = [one for one in found if (_key(one) > seen if oldest_first else _key(one) < seen)]
        return tuple(sorted(found, key=_key, reverse=not oldest_first)[:limit])

    async def rating(self, seller: SellerId) -> Rating:
        wanted = ReviewFilter(seller=seller, author=Side.CUSTOMER, is_public=True)
        return Rating.of(one.stars for one in self._reviews.values() if _is_wanted(one, wanted))


@define
class MemoryReviewableBookings(ReviewableBookings):
    _bookings: dict[BookingId, ReviewableBooking] = field(factory=dict)

    async def get(self, booking_id: BookingId) -> ReviewableBooking | None:
        return self._bookings.get(booking_id)

    async def tell(self, bookings: Sequence[ReviewableBooking]) -> None:
        for booking in bookings:
            self._bookings.setdefault(booking.id, booking)

    async def find(self, *, after: BookingId | None = None, limit: int = 100) -> Sequence[ReviewableBooking]:
        behind = (one for one in self._bookings.values() if after is None or one.id > after)
        return tuple(sorted(behind, key=lambda one: one.id)[:limit])

    async def forget(self, customer: UserId) -> None:
        for booking in self._bookings.values():
            if booking.customer == customer:
                self._bookings[booking.id] = evolve(booking, customer=None)


def _key(review: Review) -> tuple[object, object]:
    return review.created_at, review.id


def _is_wanted(review: Review, wanted: ReviewFilter) -> bool:
    return (
        wanted.seller in (None, review.seller)
        and wanted.customer in (None, review.customer)
        and wanted.author in (None, review.author)
        and wanted.is_public in (None, review.is_public)
        and wanted.is_waiting in (None, review.is_waiting)
        and (wanted.reveals_by is None or (review.reveals_at is not None and review.reveals_at <= wanted.reveals_by))
        and (wanted.reported_by is None or any(one.reporter == wanted.reported_by for one in review.reports))
    )
