"""
Where reviews are kept, and what reviews know of bookings.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from carmarket.core.actor import UserId
from carmarket.core.booking.booking import BookingId
from carmarket.core.catalog.car import SellerId
from carmarket.core.change import Change
from carmarket.core.reviews.rating import Rating
from carmarket.core.reviews.review import Review, ReviewId
from carmarket.core.reviews.reviewable import ReviewableBooking
from carmarket.core.side import Side
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.offer import Port


@frozen(kw_only=True)
class ReviewFilter:
    """Which reviews; a field that says nothing lets all pass."""

    seller: SellerId | None = None
    customer: UserId | None = None
    author: Side | None = None
    is_public: bool | None = None
    is_waiting: bool | None = None
    """Whether a moderator has to look at it."""
    reveals_by: datetime | None = None
    """Those still hidden whose time is over at this moment."""
    reported_by: UserId | None = None


class ReviewRepository(Protocol):
    """
    The store of reviews.

    - What was saved is read back equal in every field; state and events are written in one atomic step, or neither.
    - Of two writers that start from the same version one wins; the other gets ConcurrencyConflictError. As a review's
      id follows from its booking and its author's side, each side has one review of a booking.
    - A change whose state has the version it started from writes nothing.
    - A store that does not answer raises UnavailableError.
    """

    @abstractmethod
    async def save(self, change: Change[Review]) -> None:
        """
        Write one change.

        Raises: ConcurrencyConflictError if the stored version is not `change.base` (0: there is none).
        """

    @abstractmethod
    async def get(self, review_id: ReviewId) -> Review | None:
        """The review as last saved, or `None`."""

    @abstractmethod
    async def find(
        self, wanted: ReviewFilter, *, after: Bookmark | None = None, limit: int = 100, oldest_first: bool = False
    ) -> Sequence[Review]:
        """Up to `limit` (1 to 1,000) of the wanted reviews behind `after`, by when they were written and by id."""

    @abstractmethod
    async def rating(self, seller: SellerId) -> Rating:
        """What the public reviews of customers come to at this moment: it is never behind what `save` has written."""


class ReviewableBookings(Protocol):
    """Which bookings were completed. What is known of a booking stays: a repeat is passed over."""

    @abstractmethod
    async def get(self, booking_id: BookingId) -> ReviewableBooking | None:
        """The booking as it was told, or `None`."""

    @abstractmethod
    async def tell(self, bookings: Sequence[ReviewableBooking]) -> None:
        """Remember up to 1,000 completed bookings."""

    @abstractmethod
    async def find(self, *, after: BookingId | None = None, limit: int = 100) -> Sequence[ReviewableBooking]:
        """Up to `limit` (1 to 1,000) of all bookings behind `after`, sorted by id."""

    @abstractmethod
    async def forget(self, customer: UserId) -> None:
        """Take the person's id out of all of them, for good: a repeat of what was told does not bring it back."""


REVIEWS = Port[ReviewRepository]("reviews")
REVIEWABLE_BOOKINGS = Port[ReviewableBookings]("reviewable-bookings")
