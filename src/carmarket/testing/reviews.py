"""
Reviews for tests, with everything a test does not care about filled in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from carmarket.core.booking.booking import BookingId
from carmarket.core.catalog.car import SellerId
from carmarket.core.change import Change
from carmarket.core.reviews.review import Review
from carmarket.core.reviews.reviewable import ReviewableBooking
from carmarket.core.side import Side
from carmarket.testing.bookings import CAR, CUSTOMER
from carmarket.testing.builders import DEALER, NOW


def a_reviewable(number: int = 1, **said: Any) -> ReviewableBooking:
    """A booking with this number as its id, completed just now."""
    return ReviewableBooking(
        **{
            "id": BookingId(UUID(int=number)),
            "car_id": CAR,
            "seller": SellerId(DEALER),
            "customer": CUSTOMER,
            "completed_at": NOW,
            **said,
        }
    )


def a_review(
    number: int = 1,
    *,
    author: Side = Side.CUSTOMER,
    stars: int = 4,
    text: str = "All went well.",
    now: datetime = NOW,
    **said: Any,
) -> Change[Review]:
    """A new review of the booking with this number."""
    return Review.write(a_reviewable(number, **said), author=author, stars=stars, text=text, now=now)


def a_public_review(number: int = 1, *, now: datetime = NOW, **said: Any) -> Change[Review]:
    """A review that a moderator let pass and that is no longer hidden."""
    return (
        a_review(number, now=now, **said)
        .then(lambda it: it.approve(now=now + timedelta(minutes=1)))
        .then(lambda it: it.reveal(now=now + timedelta(minutes=2), both_are_in=True))
    )
