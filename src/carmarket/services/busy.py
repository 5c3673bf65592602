"""
A seller's own times: they block a car under the rule that guards all bookings, and give way to those that there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.booking.booking import FARTHEST, Booking, BookingId, NotBookableError, PeriodTakenError
from carmarket.core.booking.calendar import clipped, covers, merged, without
from carmarket.core.booking.hours import zone_of
from carmarket.core.booking.quote import BookingKind
from carmarket.core.booking.rules import BookableCar
from carmarket.core.catalog.car import CarId
from carmarket.core.catalog.ownership import seller_of
from carmarket.core.errors import ConcurrencyConflictError, InvalidError, NotFoundError
from carmarket.core.period import Period
from carmarket.core.users.roles import Permission, allows, demand
from carmarket.ports.booking import MOST_BLOCKERS, BookingRepository, BookingRules
from carmarket.ports.clock import Clock, Ids

MOST_PERIODS = 1_000
"""Of one car; more than two a day for the year to come."""
TRIES = 5
"""How often one plans anew because somebody booked in between."""


@frozen(kw_only=True)
class Reading:
    """How a calendar is read: by whose clock, and for which time."""

    time_zone: str
    within: Period


@frozen(kw_only=True)
class BusyTimes:
    """What became of a seller's calendar."""

    blocked: tuple[Period, ...]
    """What was not blocked before."""
    kept: tuple[Period, ...]
    """What was blocked already, and stays so."""
    released: tuple[Period, ...]
    """What was blocked before, and is not in the calendar any more as it was."""
    conflicts: tuple[Period, ...]
    """When the seller is busy and somebody has booked the car, the pause behind it included; the booking stays."""


@frozen(kw_only=True)
class Plan:
    """What is to be done about the rows there are, so that the wanted time is blocked."""

    kept: Sequence[Booking]
    gone: Sequence[Booking]
    missing: tuple[Period, ...]
    conflicts: tuple[Period, ...]

    @classmethod
    def of(cls, wanted: Sequence[Period], standing: Sequence[Booking], now: datetime) -> Plan:
        """A row stays if all that is left of it is wanted; so the same calendar changes nothing, whenever it comes."""
        rows = [one for one in standing if one.kind is BookingKind.BUSY]
        booked = merged(one.blocked for one in standing if one.kind is not BookingKind.BUSY)
        kept = [one for one in rows if covers(wanted, Period(max(one.period.start, now), one.period.end))]
        known = {one.id for one in kept}
        return cls(
            kept=kept,
            gone=[one for one in rows if one.id not in known],
            missing=without(wanted, [*booked, *(one.period for one in kept)]),
            conflicts=merged(part for one in booked for part in clipped(wanted, one)),
        )


@frozen(kw_only=True)
class BusyTimeService:
    """
    Raises everywhere: NotFoundError for a car that is not there or is somebody else's; NotBookableError for one whose
        seller has not said by which rules cars are booked.
    """

    bookings: BookingRepository
    rules: BookingRules
    clock: Clock
    ids: Ids

    async def reading(self, actor: Actor, car_id: CarId) -> Reading:
        """
        By which clock a calendar for the car is read, and for which time: from now on, and as far as cars are booked.

        It ends at a midnight, so that what never ends grows by one row a day and not by one with each calendar.
        """
        return await self._reading(await self._mine(actor, car_id))

    async def replace(self, actor: Actor, car_id: CarId, periods: Iterable[Period]) -> BusyTimes:
        """
        Block the car in these periods, and free it where it was blocked so and is not any more.

        Bookings are never touched. Whoever books in between is planned around. What breaks off midway is made whole
        by the same calendar again.

        Raises: NotBookableError for a car that is not offered now; InvalidError for too many periods;
            ConcurrencyConflictError where others are faster again and again.
        """
        car = await self._mine(actor, car_id)
        within = (await self._reading(car)).within
        wanted = merged(clipped(periods, within))
        if len(wanted) > MOST_PERIODS:
            raise InvalidError(
                "The calendar has too many times.", field="calendar", value=len(wanted), expected=f"{MOST_PERIODS}"
            )
        released: list[Period] = []
        added: list[Booking] = []
        for _ in range(TRIES):
            plan = Plan.of(wanted, await self._standing(car_id, within), within.start)
            if plan.missing and not car.is_bookable:
                raise NotBookableError("The car is not offered now.", field="car", value=str(car_id))
            released += [one.period for one in plan.gone]
            known = {one.id for one in added}
            done = await self._carry_out(plan, car, within.start)
            added += done
            if len(done) == len(plan.missing):
                return BusyTimes(
                    blocked=_in_order(added),
                    kept=_in_order(one for one in plan.kept if one.id not in known),
                    released=tuple(sorted(released, key=lambda one: one.start)),
                    conflicts=plan.conflicts,
                )
        raise ConcurrencyConflictError("The car is booked faster than its calendar is read.", field="calendar")

    async def _carry_out(self, plan: Plan, car: BookableCar, now: datetime) -> Sequence[Booking]:
        """What could be blocked; somebody was faster with the rest."""
        for one in plan.gone:
            await self._end(one, now)
        added: list[Booking] = []
        for period in plan.missing:
            new = BookingId(self.ids.new())
            change = Booking.block(booking_id=new, car_id=car.id, seller=car.seller, period=period, now=now)
            with suppress(PeriodTakenError):
                await self.bookings.add(change)
                added.append(change.state)
        return added

    async def _standing(self, car_id: CarId, within: Period) -> list[Booking]:
        """What has the car from now on; what has lapsed is ended first."""
        standing: list[Booking] = []
        start = within.start
        while start < within.end:
            found = await self.bookings.blockers(car_id, Period(start, within.end))
            standing += found
            if len(found) < MOST_BLOCKERS:
                break
            start = found[-1].blocked.end
        now = self.clock.now()
        for one in standing:
            if one.has_lapsed(now):
                await self._end(one, now)
        return [one for one in standing if not one.has_lapsed(now)]

    async def _end(self, booking: Booking, now: datetime) -> None:
        change = booking.expire(now=now) if booking.has_lapsed(now) else booking.cancel(now=now, by_seller=True)
        with suppress(ConcurrencyConflictError):  # somebody else ended it, or decided after all: the next look shows
            await self.bookings.save(change)

    async def _reading(self, car: BookableCar) -> Reading:
        rules = await self.rules.rules(car.seller)
        if rules is None:
            raise NotBookableError("The car's seller takes no bookings yet.", field="car", value=str(car.id))
        now, name = self.clock.now(), rules.hours.time_zone
        zone = zone_of(name)
        last = datetime.combine((now + FARTHEST).astimezone(zone).date() + timedelta(days=1), time(), zone)
        return Reading(time_zone=name, within=Period(now, last))

    async def _mine(self, actor: Actor, car_id: CarId) -> BookableCar:
        demand(actor.roles, Permission.ANSWER)
        car = await self.rules.car(car_id)
        if car is None or (car.seller != seller_of(actor) and not allows(actor.roles, Permission.ADMINISTER)):
            raise NotFoundError("There is no such car.", field="car", value=str(car_id))
        return car


def _in_order(bookings: Iterable[Booking]) -> tuple[Period, ...]:
    return tuple(sorted((one.period for one in bookings), key=lambda one: one.start))
