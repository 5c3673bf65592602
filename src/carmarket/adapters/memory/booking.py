"""
Bookings in dictionaries, and of each car its blocked periods in order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from attrs import define, field

from carmarket.adapters.memory.store import MemoryStore
from carmarket.core.booking.booking import Booking, BookingId, NotBookableError, PeriodTakenError
from carmarket.core.booking.rules import BookableCar, DealerRules
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.period import Period, milliseconds
from carmarket.core.versions import demand_base
from carmarket.ports.booking import MOST_BLOCKERS, BookingFilter, BookingRepository, BookingRules

Taken = tuple[int, int, BookingId]


@define
class MemoryBookingRules(BookingRules):
    _cars: dict[CarId, BookableCar] = field(factory=dict)
    _rules: dict[SellerId, DealerRules] = field(factory=dict)

    async def car(self, car_id: CarId) -> BookableCar | None:
        return self._cars.get(car_id)

    async def tell_cars(self, cars: Sequence[BookableCar]) -> None:
        for car in cars:
            known = self._cars.get(car.id)
            if known is None or known.version < car.version:
                self._cars[car.id] = car

    async def find_cars(self, *, after: CarId | None = None, limit: int = 100) -> Sequence[BookableCar]:
        behind = (car for car in self._cars.values() if after is None or car.id > after)
        return tuple(sorted(behind, key=lambda car: car.id)[:limit])

    async def rules(self, seller: SellerId) -> DealerRules | None:
        return self._rules.get(seller)

    async def tell_rules(self, rules: DealerRules) -> None:
        known = self._rules.get(rules.seller)
        if known is None or known.version < rules.version:
            self._rules[rules.seller] = rules

    async def find_rules(self, *, after: SellerId | None = None, limit: int = 100) -> Sequence[DealerRules]:
        behind = (rules for rules in self._rules.values() if after is None or rules.seller > after)
        return tuple(sorted(behind, key=lambda rules: rules.seller)[:limit])

    def is_bookable(self, car_id: CarId) -> bool:
        car = self._cars.get(car_id)
        return car is not None and car.is_bookable


@define
class MemoryBookingRepository(BookingRepository):
    """Every method runs without an await inside, so each is atomic."""

    _store: MemoryStore
    _rules: MemoryBookingRules
    _bookings: dict[BookingId, Booking] = field(factory=dict)
    _taken: dict[CarId, list[Taken]] = field(factory=dict)

    async def add(self, change: Change[Booking]) -> None:
        booking = change.state
        demand_base(self._bookings.get(booking.id), change, what="booking")
        if not self._rules.is_bookable(booking.car_id):
            raise NotBookableError("The car is not offered now.", field="car", value=str(booking.car_id))
        self._take(booking)
        self._keep(change)

    async def save(self, change: Change[Booking]) -> None:
        if change.is_empty:
            return
        booking = change.state
        demand_base(self._bookings.get(booking.id), change, what="booking")
        if not change.base and booking.blocks:
            self._take(booking)
        if not booking.blocks:
            taken = self._taken.get(booking.car_id, [])
            self._taken[booking.car_id] = [one for one in taken if one[2] != booking.id]
        self._keep(change)

    async def get(self, booking_id: BookingId) -> Booking | None:
        return self._bookings.get(booking_id)

    async def find(
        self, wanted: BookingFilter, *, after: BookingId | None = None, limit: int = 100
    ) -> Sequence[Booking]:
        found = sorted(
            (one for one in self._bookings.values() if (after is None or one.id > after) and _is_wanted(one, wanted)),
            key=lambda one: one.id,
        )
        return tuple(found[:limit])

    async def blockers(self, car_id: CarId, period: Period) -> Sequence[Booking]:
        bookings = (self._bookings[booking_id] for _, _, booking_id in self._taken.get(car_id, ()))
        return tuple(one for one in bookings if one.blocked.overlaps(period))[:MOST_BLOCKERS]

    def _take(self, booking: Booking) -> None:
        """Blocked periods are disjoint, so the last that begins before this one ends decides."""
        taken = self._taken.setdefault(booking.car_id, [])
        begins, ends = milliseconds(booking.blocked.start), milliseconds(booking.blocked.end)
        at = bisect_left(taken, ends, key=lambda one: one[0])
        if at and taken[at - 1][1] > begins:
            raise PeriodTakenError("Somebody else has the car then.", field="period", value=str(booking.period.start))
        taken.insert(at, (begins, ends, booking.id))

    def _keep(self, change: Change[Booking]) -> None:
        self._bookings[change.state.id] = change.state
        self._store.record(change.events)


def _is_wanted(booking: Booking, wanted: BookingFilter) -> bool:
    return (
        wanted.car_id in (None, booking.car_id)
        and wanted.seller in (None, booking.seller)
        and wanted.customer in (None, booking.customer)
        and (not wanted.statuses or booking.status in wanted.statuses)
        and (not wanted.kinds or booking.kind in wanted.kinds)
        and (wanted.lapses_by is None or booking.has_lapsed(wanted.lapses_by))
        and (wanted.remind_by is None or (booking.remind_at is not None and booking.remind_at <= wanted.remind_by))
    )
