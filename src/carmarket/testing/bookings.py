"""
Bookings for tests, with everything a test does not care about filled in.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from carmarket.core.actor import UserId
from carmarket.core.booking.booking import Booking, BookingId
from carmarket.core.booking.hours import Open, OpeningHours
from carmarket.core.booking.quote import BookingKind, Quote, RentalTerms, rental_lines
from carmarket.core.booking.rules import BookableCar, DealerRules
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.period import Period
from carmarket.testing.builders import DEALER, NOW

CAR = CarId(UUID(int=0xCA2))
CUSTOMER = UserId(UUID(int=0xC057))
TERMS = RentalTerms(currency="EUR", daily_rate=5_000, fee=2_000, deposit=30_000, tax_per_mille=190)


def some_rules(**said: Any) -> DealerRules:
    """A dealer in Berlin, open on weekdays from nine to six, who lets nobody wait between two bookings."""
    hours = tuple(Open(day, time(9), time(18)) for day in range(5))
    return DealerRules(
        **{
            "seller": SellerId(DEALER),
            "hours": OpeningHours("Europe/Berlin", hours),
            "buffer": timedelta(0),
            "rental": TERMS,
            **said,
        }
    )


def a_bookable_car(car_id: CarId = CAR, *, version: int = 1, is_bookable: bool = True) -> BookableCar:
    return BookableCar(id=car_id, version=version, seller=SellerId(DEALER), is_bookable=is_bookable)


def from_to(start: float, end: float) -> Period:
    """So many hours from now to so many hours from now."""
    return Period(NOW + timedelta(hours=start), NOW + timedelta(hours=end))


def a_quote(period: Period, *, car_id: CarId = CAR, kind: BookingKind = BookingKind.RENTAL, **said: Any) -> Quote:
    return Quote(
        **{
            "car_id": car_id,
            "kind": kind,
            "period": period,
            "currency": "EUR",
            "lines": rental_lines(TERMS, 1),
            "expires_at": NOW + timedelta(minutes=30),
            **said,
        }
    )


def a_block(number: int = 1, period: Period | None = None, *, now: datetime = NOW) -> Change[Booking]:
    """The seller's own time, with this number as its id."""
    return Booking.block(
        booking_id=BookingId(UUID(int=number)),
        car_id=CAR,
        seller=SellerId(DEALER),
        period=period or from_to(24, 48),
        now=now,
    )


def a_hold(
    number: int = 1,
    period: Period | None = None,
    *,
    car_id: CarId = CAR,
    rules: DealerRules | None = None,
    customer: UserId = CUSTOMER,
    now: datetime = NOW,
) -> Change[Booking]:
    """A new booking with this number as its id, which blocks its period."""
    return Booking.hold(
        booking_id=BookingId(UUID(int=number)),
        customer=customer,
        quote=a_quote(period or from_to(24, 48), car_id=car_id),
        rules=rules or some_rules(),
        now=now,
    )
