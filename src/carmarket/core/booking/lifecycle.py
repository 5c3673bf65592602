"""
The life of a booking, as a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from carmarket.core.lifecycle import step


class BookingStatus(StrEnum):
    HELD = "held"
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    EXPIRED = "expired"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    NO_SHOW = "no-show"


class BookingAction(StrEnum):
    REQUEST = "request"
    CONFIRM = "confirm"
    COMPLETE = "complete"
    EXPIRE = "expire"
    DECLINE = "decline"
    CANCEL = "cancel"
    MISS = "miss"


TRANSITIONS: Mapping[tuple[BookingStatus, BookingAction], BookingStatus] = {
    (BookingStatus.HELD, BookingAction.REQUEST): BookingStatus.REQUESTED,
    (BookingStatus.HELD, BookingAction.EXPIRE): BookingStatus.EXPIRED,
    (BookingStatus.HELD, BookingAction.CANCEL): BookingStatus.CANCELLED,
    (BookingStatus.REQUESTED, BookingAction.CONFIRM): BookingStatus.CONFIRMED,
    (BookingStatus.REQUESTED, BookingAction.DECLINE): BookingStatus.DECLINED,
    (BookingStatus.REQUESTED, BookingAction.EXPIRE): BookingStatus.EXPIRED,
    (BookingStatus.REQUESTED, BookingAction.CANCEL): BookingStatus.CANCELLED,
    (BookingStatus.CONFIRMED, BookingAction.COMPLETE): BookingStatus.COMPLETED,
    (BookingStatus.CONFIRMED, BookingAction.CANCEL): BookingStatus.CANCELLED,
    (BookingStatus.CONFIRMED, BookingAction.MISS): BookingStatus.NO_SHOW,
}

BLOCKING = frozenset({BookingStatus.HELD, BookingStatus.REQUESTED, BookingStatus.CONFIRMED})
"""In these states nobody else can have the car in the period; a booking never comes back to them."""


def next_status(status: BookingStatus, action: BookingAction) -> BookingStatus:
    """Raises: IllegalTransitionError if the table has no such step."""
    return step(TRANSITIONS, status, action, what="booking")
