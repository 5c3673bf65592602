"""
How the demo's dealers work: where they are, when they are open, and what a rental costs there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import time, timedelta

from attrs import frozen

from carmarket.core.booking.hours import Open, OpeningHours
from carmarket.core.booking.quote import BookingKind, CancellationPolicy, RentalTerms
from carmarket.core.booking.rules import DealerRules
from carmarket.core.catalog.car import SellerId
from carmarket.core.place import Place, Point
from carmarket.core.users.dealer import DealerPlace

Row = Mapping[str, str]


@frozen(kw_only=True)
class Way:
    """One of the ways in which the demo's dealers work."""

    weekdays: tuple[tuple[time, time], ...]
    saturdays: tuple[tuple[time, time], ...]
    slot: timedelta = timedelta(minutes=30)
    instant: frozenset[BookingKind] = frozenset()
    policy: CancellationPolicy = CancellationPolicy.FLEXIBLE
    daily_rate: int | None = None
    """In cents; `None`: it rents no cars."""

    @property
    def hours(self) -> tuple[Open, ...]:
        week = [Open(day, *hours) for day in range(5) for hours in self.weekdays]
        return (*week, *(Open(5, *hours) for hours in self.saturdays))


WAYS = (
    Way(
        weekdays=((time(9), time(18)),),
        saturdays=((time(10), time(16)),),
        instant=frozenset({BookingKind.TEST_DRIVE}),
        daily_rate=59_00,
    ),
    Way(
        weekdays=((time(8, 30), time(12)), (time(13), time(18, 30))),
        saturdays=(),
        policy=CancellationPolicy.MODERATE,
        daily_rate=74_50,
    ),
    Way(weekdays=((time(10), time(20)),), saturdays=((time(9), time(20)),), slot=timedelta(hours=1)),
    Way(
        weekdays=((time(9), time(19)),),
        saturdays=((time(9), time(14)),),
        instant=frozenset({BookingKind.TEST_DRIVE, BookingKind.RENTAL}),
        policy=CancellationPolicy.STRICT,
        daily_rate=89_00,
    ),
)
"""The dealers take turns with them, in the order of their names."""


def rules_of(seller: SellerId, rows: Sequence[Row], number: int) -> DealerRules:
    """By which rules the cars of the dealer of this number are booked, by the clock of its main place."""
    way = WAYS[number % len(WAYS)]
    rental = None
    if way.daily_rate is not None:
        rental = RentalTerms(
            currency="USD", daily_rate=way.daily_rate, fee=25_00, deposit=300_00, tax_per_mille=60 + number
        )
    return DealerRules(
        seller=seller,
        hours=OpeningHours(_places(rows)[0]["Time zone"], way.hours),
        slot=way.slot,
        instant=way.instant,
        policy=way.policy,
        rental=rental,
    )


def places_of(rows: Sequence[Row], number: int) -> tuple[DealerPlace, ...]:
    """Where most of the cars of the dealer of this number stand, and where some do."""
    names = "Main yard", "Second yard"
    return tuple(
        DealerPlace(name=f"{name}, {row['City']}", place=_place(row), phone=f"+1 555 01{number:02}{index}")
        for index, (name, row) in enumerate(zip(names, _places(rows), strict=False))
    )


def _places(rows: Sequence[Row]) -> list[Row]:
    """A row of each of the two places that come most often."""
    known = {row["ZIP"]: row for row in reversed(rows)}
    return [known[code] for code, _ in Counter(row["ZIP"] for row in rows).most_common(2)]


def _place(row: Row) -> Place:
    return Place(
        country=row["Country"],
        region=row["State"],
        city=row["City"],
        postcode=row["ZIP"],
        point=Point(float(row["Latitude"]), float(row["Longitude"])),
        time_zone=row["Time zone"],
    )
