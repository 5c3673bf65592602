"""
What booking knows of cars and of those who offer them; both are told to it, and each has a version.
"""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen

from carmarket.core.booking.hours import OpeningHours
from carmarket.core.booking.quote import BookingKind, CancellationPolicy, RentalTerms
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.errors import InvalidError
from carmarket.core.period import Period


@frozen(kw_only=True)
class BookableCar:
    """A car as far as booking has to know it, at a version of its listing."""

    id: CarId
    version: int
    seller: SellerId
    is_bookable: bool
    """Whether it is before the public now."""


@frozen(kw_only=True)
class DealerRules:
    """How a dealer's cars are booked."""

    seller: SellerId
    version: int = 1
    hours: OpeningHours
    slot: timedelta = timedelta(minutes=30)
    """How long a test drive takes."""
    buffer: timedelta = timedelta(minutes=15)
    """So long after every booking nobody else has the car: between two there is one buffer, not two."""
    instant: frozenset[BookingKind] = frozenset()
    """Kinds that are confirmed without somebody looking at them."""
    policy: CancellationPolicy = CancellationPolicy.FLEXIBLE
    rental: RentalTerms | None = None
    """`None`: the dealer rents no cars."""
    longest_reservation: timedelta = timedelta(days=7)
    renewals: int = 0
    """How often the link of the calendar was made anew; those of before open nothing."""

    def __attrs_post_init__(self) -> None:
        bounds = {
            "slot": (timedelta(minutes=5), timedelta(hours=8)),
            "buffer": (timedelta(0), timedelta(hours=24)),
            "longest_reservation": (timedelta(days=1), timedelta(days=90)),
        }
        for name, (least, most) in bounds.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise InvalidError(
                    f"The {name.replace('_', ' ')} lies between {least} and {most}.",
                    field=name,
                    value=str(value),
                    expected=f"{least} to {most}",
                )

    def blocked(self, period: Period) -> Period:
        """When nobody else can have a car that somebody has for the period."""
        return Period(period.start, period.end + self.buffer)
