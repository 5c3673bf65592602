"""
What reviews know of bookings: those that were completed, told by events.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from carmarket.core.actor import UserId
from carmarket.core.booking.booking import BookingId
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.errors import ConflictError

WINDOW = timedelta(days=14)
"""So long after its completion a booking can be reviewed; after that what was written is shown."""


class NotReviewableError(ConflictError):
    """The time to review the booking is over, or there is nobody left to review."""

    code = "not-reviewable"


@frozen(kw_only=True)
class ReviewableBooking:
    """A completed booking, as far as reviews have to know it."""

    id: BookingId
    car_id: CarId
    seller: SellerId
    customer: UserId | None
    """`None`: the person has erased themselves."""
    completed_at: datetime

    @property
    def closes_at(self) -> datetime:
        """From this moment on nobody writes any more, and what was written is shown."""
        return self.completed_at + WINDOW

    def is_open(self, now: datetime) -> bool:
        """Whether the two sides can still write."""
        return self.customer is not None and now < self.closes_at

    def demand_open(self, now: datetime) -> None:
        """Raises: NotReviewableError."""
        if self.customer is None:
            raise NotReviewableError("The customer of this booking is gone.", field="booking", value=str(self.id))
        if now >= self.closes_at:
            raise NotReviewableError(
                "The time to review this booking is over.",
                field="booking",
                value=now.isoformat(),
                expected=f"a moment before {self.closes_at.isoformat()}",
            )
