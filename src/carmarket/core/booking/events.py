"""
What happens to bookings.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.core.actor import UserId
from carmarket.core.booking.lifecycle import BLOCKING, BookingStatus
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.events import Event
from carmarket.core.period import Period


@frozen(kw_only=True)
class BookingEvent(Event):
    """Every event of a booking tells all of it that others need: who, which car, when, and where it stands."""

    car_id: CarId
    seller: SellerId
    customer: UserId
    kind: BookingKind
    before: BookingStatus | None = None
    """Where it stood before; `None` for a new one."""
    status: BookingStatus
    period: Period
    """What the customer sees."""
    blocked: Period
    """When nobody else can have the car."""

    @property
    def blocks(self) -> bool:
        return self.status in BLOCKING


@frozen(kw_only=True)
class BookingHeld(BookingEvent):
    type = "booking.booking-held"


@frozen(kw_only=True)
class BookingRequested(BookingEvent):
    type = "booking.booking-requested"


@frozen(kw_only=True)
class BookingConfirmed(BookingEvent):
    type = "booking.booking-confirmed"


@frozen(kw_only=True)
class BookingCompleted(BookingEvent):
    type = "booking.booking-completed"


@frozen(kw_only=True)
class BookingExpired(BookingEvent):
    type = "booking.booking-expired"


@frozen(kw_only=True)
class BookingDeclined(BookingEvent):
    type = "booking.booking-declined"


@frozen(kw_only=True)
class BookingCancelled(BookingEvent):
    type = "booking.booking-cancelled"


@frozen(kw_only=True)
class BookingReminded(BookingEvent):
    """It begins soon, and its customer is told so."""

    type = "booking.booking-reminded"


@frozen(kw_only=True)
class BookingMissed(BookingEvent):
    """The customer did not come."""

    type = "booking.booking-missed"


@frozen(kw_only=True)
class BookingAnonymised(BookingEvent):
    """One of its two people has erased themselves; nothing else of it is another."""

    type = "booking.booking-anonymised"


@frozen(kw_only=True)
class CarBlocked(BookingEvent):
    """The seller needs the car; an event of its own, for there is no customer whom it would concern."""

    type = "booking.car-blocked"


@frozen(kw_only=True)
class CarFreed(BookingEvent):
    """The seller needs the car no longer."""

    type = "booking.car-freed"


BOOKING_EVENTS: tuple[type[BookingEvent], ...] = (
    BookingHeld,
    BookingRequested,
    BookingConfirmed,
    BookingCompleted,
    BookingExpired,
    BookingDeclined,
    BookingCancelled,
    BookingMissed,
    BookingReminded,
    BookingAnonymised,
    CarBlocked,
    CarFreed,
)
