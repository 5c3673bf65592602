"""
Booking: a customer asks what it costs, holds a car, and decides; the dealer answers.

It is long, for it is all that the two of them can do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from attrs import evolve, frozen

from carmarket.core.actor import Actor
from carmarket.core.booking.booking import Booking, BookingId, NotBookableError, PeriodTakenError
from carmarket.core.booking.calendar import (
    LATEST,
    Calendar,
    clipped,
    days_around,
    days_of,
    free_slots,
    merged,
)
from carmarket.core.booking.hours import zone_of
from carmarket.core.booking.lifecycle import BLOCKING, BookingStatus
from carmarket.core.booking.quote import BookingKind, Quote
from carmarket.core.booking.quoting import quoted
from carmarket.core.booking.rules import DealerRules
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.catalog.ownership import seller_of
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError, ConflictError, NotFoundError, StaleError
from carmarket.core.period import Period
from carmarket.core.users.roles import Permission, allows, demand
from carmarket.core.versions import demand_newest, repeated
from carmarket.ports.booking import MOST_BLOCKERS, BookingFilter, BookingRepository, BookingRules
from carmarket.ports.catalog import LARGEST_BATCH
from carmarket.ports.clock import Clock, Ids

MOST_OPEN = 20
"""Of one customer at a time."""
KEYS = UUID("5b8a3f0e-7f0a-5f6d-9a55-0f1f6a0d2c11")
OF_CUSTOMERS = frozenset(BookingKind) - {BookingKind.BUSY}
FORTNIGHT = timedelta(days=13)
"""From the first of fourteen days to the last."""


@frozen(kw_only=True)
class BookingService:
    """
    The market alone makes prices and states: a customer names a car and a time, and takes what is quoted.

    Raises everywhere: NotFoundError for a booking that is not there or not for the actor to see; StaleError when
        `expected` is not the newest version; ConcurrencyConflictError when somebody else was faster.
    """

    bookings: BookingRepository
    rules: BookingRules
    clock: Clock
    ids: Ids

    async def my_rules(self, actor: Actor) -> DealerRules | None:
        """The rules by which one's cars are booked, or `None` while nobody has said any."""
        demand(actor.roles, Permission.ANSWER)
        return await self.rules.rules(seller_of(actor))

    async def set_rules(self, actor: Actor, rules: DealerRules, *, expected: int | None = None) -> DealerRules:
        """
        Say how one's cars are booked from now on; a newer version takes the place of an older one.

        Raises: StaleError for a version that is not behind the newest, or when the newest is not `expected` (0:
            there are none yet).
        """
        demand(actor.roles, Permission.ANSWER)
        if rules.seller != seller_of(actor):
            demand(actor.roles, Permission.ADMINISTER)
        known = await self.rules.rules(rules.seller)
        newest = known.version if known else 0
        if newest >= rules.version or expected not in (None, newest):
            raise StaleError("There are newer rules.", field="version", value=rules.version, expected=str(newest + 1))
        return await self._tell(evolve(rules, renewals=known.renewals if known else 0))

    async def renewals(self, seller: SellerId) -> int:
        """How often the link of a seller's calendar was made anew."""
        known = await self.rules.rules(seller)
        return known.renewals if known else 0

    async def renew_calendar_link(self, actor: Actor) -> DealerRules:
        """
        Make the link of one's calendar anew: whoever has that of before reads no more.

        Raises: ConflictError for who has said no rules yet, and so has no bookings.
        """
        known = await self.my_rules(actor)
        if known is None:
            raise ConflictError("There are no rules yet.", field="rules", expected="rules by which cars are booked")
        return await self._tell(evolve(known, version=known.version + 1, renewals=known.renewals + 1))

    async def _tell(self, rules: DealerRules) -> DealerRules:
        """Raises: ConcurrencyConflictError when somebody else was faster: what comes second is passed over."""
        await self.rules.tell_rules(rules)
        kept = await self.rules.rules(rules.seller)
        if kept is not None and kept.version == rules.version and kept != rules:
            raise ConcurrencyConflictError(
                "Somebody else said other rules.", field="version", value=rules.version - 1, expected=str(kept.version)
            )
        return rules

    async def quote(self, car_id: CarId, kind: BookingKind, period: Period) -> Quote:
        """
        What a booking would cost, good for half an hour.

        Raises: NotFoundError for a car that there is not; NotBookableError for one that is not offered, or not in
            this way; InvalidError for a period that does not fit the dealer's rules.
        """
        return quoted(await self._rules_of(car_id), car_id, kind, period, now=self.clock.now())

    async def slots(self, car_id: CarId, day: date) -> Sequence[Period]:
        """The times of a day, by the dealer's clock, at which a test drive of the car can still be booked."""
        return (await self.calendar(car_id, day, day)).slots

    async def calendar(self, car_id: CarId, first: date | None = None, last: date | None = None) -> Calendar:
        """
        When the car is taken between two days, and which slots are left; from today and for a fortnight, if not said.

        Raises: NotFoundError; NotBookableError; InvalidError for more than two months.
        """
        rules, now = await self._rules_of(car_id), self.clock.now()
        first = first or now.astimezone(zone_of(rules.hours.time_zone)).date()
        days = days_of(first, last or min(first, LATEST - FORTNIGHT) + FORTNIGHT)
        around = days_around(rules, days)
        # What begins right behind the last day still stands in the way of the pause behind its last slot.
        taken = await self._taken(car_id, Period(around.start, around.end + rules.buffer), now)
        return Calendar(busy=clipped(merged(taken), around), slots=free_slots(rules, days, taken, now=now))

    async def time_zone(self, seller: SellerId) -> str:
        """By which clock a seller's cars are booked; UTC where no rules are known."""
        rules = await self.rules.rules(seller)
        return "UTC" if rules is None else rules.hours.time_zone

    async def hold(
        self, actor: Actor, quote: Quote, *, key: str | None = None, fingerprint: str | None = None
    ) -> Booking:
        """
        Keep the car for ten minutes, at what was quoted.

        With an idempotency `key` the same request has one effect: its repeat gives the booking as it is now.

        Raises: PeriodTakenError; NotBookableError; InvalidError for a quote that has run out; KeyReusedError when
            the key came before with another `fingerprint`.
        """
        demand(actor.roles, Permission.BOOK)
        booking_id = BookingId(self.ids.new() if key is None else uuid5(KEYS, f"booking:{actor.user_id}:{key}"))
        known = None if key is None else await self.bookings.get(booking_id)
        if known is not None:
            return repeated(known, fingerprint)
        await self._demand_few(actor)
        change = Booking.hold(
            booking_id=booking_id,
            customer=actor.user_id,
            quote=quote,
            rules=await self._rules_of(quote.car_id),
            now=self.clock.now(),
            fingerprint=fingerprint,
        )
        try:
            await self._add(change)
        except ConcurrencyConflictError:
            return repeated(await self._existing(booking_id), fingerprint)
        return change.state

    async def get(self, actor: Actor, booking_id: BookingId) -> Booking:
        """A booking of one's own, or of one's cars; administrators see all."""
        booking = await self.bookings.get(booking_id)
        if booking is None or not (booking.customer == actor.user_id or _answers(actor, booking)):
            raise _unknown(booking_id)
        return booking

    async def find(
        self,
        actor: Actor,
        *,
        of_my_cars: bool = False,
        statuses: frozenset[BookingStatus] = frozenset(),
        after: BookingId | None = None,
        limit: int = 20,
    ) -> Sequence[Booking]:
        """One's own bookings by id; or, on demand, those of the cars that one's dealer offers. No busy times."""
        if of_my_cars:
            demand(actor.roles, Permission.ANSWER)
            wanted = BookingFilter(seller=seller_of(actor), statuses=statuses, kinds=OF_CUSTOMERS)
        else:
            wanted = BookingFilter(customer=actor.user_id, statuses=statuses, kinds=OF_CUSTOMERS)
        return await self.bookings.find(wanted, after=after, limit=limit)

    async def agenda(self, seller: SellerId) -> Sequence[Booking]:
        """
        All open bookings of a seller's cars, for who holds the seller's own link to them.

        What came from the seller's calendar does not go back there.
        """
        agenda: list[Booking] = []
        wanted = BookingFilter(seller=seller, statuses=BLOCKING, kinds=OF_CUSTOMERS)
        while batch := await self.bookings.find(wanted, after=agenda[-1].id if agenda else None, limit=LARGEST_BATCH):
            agenda += batch
        return agenda

    async def request(self, actor: Actor, booking_id: BookingId, *, expected: int | None = None) -> Booking:
        """Decide for it. Where the dealer's rule says so it is confirmed at once, else the dealer answers."""
        booking = await self._mine(actor, booking_id, expected)
        rules = await self.rules.rules(booking.seller)
        instant = rules is not None and booking.kind in rules.instant
        return await self._save(booking.request(now=self.clock.now(), instant=instant))

    async def cancel(
        self, actor: Actor, booking_id: BookingId, *, reason: str = "", expected: int | None = None
    ) -> Booking:
        """Call it off, as its customer or as its dealer; the booking then tells what comes back."""
        booking = await self.get(actor, booking_id)
        demand_newest(booking, expected, what="booking")
        by_seller = booking.customer != actor.user_id
        return await self._save(booking.cancel(now=self.clock.now(), reason=reason, by_seller=by_seller))

    async def confirm(self, actor: Actor, booking_id: BookingId, *, expected: int | None = None) -> Booking:
        """The dealer says yes."""
        return await self._answer(actor, booking_id, expected, lambda it: it.confirm(now=self.clock.now()))

    async def decline(
        self, actor: Actor, booking_id: BookingId, *, reason: str, expected: int | None = None
    ) -> Booking:
        """The dealer says no, and why."""
        return await self._answer(actor, booking_id, expected, lambda it: it.decline(reason, now=self.clock.now()))

    async def complete(self, actor: Actor, booking_id: BookingId, *, expected: int | None = None) -> Booking:
        """The customer had the car."""
        return await self._answer(actor, booking_id, expected, lambda it: it.complete(now=self.clock.now()))

    async def miss(self, actor: Actor, booking_id: BookingId, *, expected: int | None = None) -> Booking:
        """The customer did not come."""
        return await self._answer(actor, booking_id, expected, lambda it: it.miss(now=self.clock.now()))

    async def _demand_few(self, actor: Actor) -> None:
        """Raises: ConflictError for who has more cars booked than anybody drives."""
        wanted = BookingFilter(customer=actor.user_id, statuses=BLOCKING)
        if len(await self.bookings.find(wanted, limit=MOST_OPEN)) >= MOST_OPEN:
            raise ConflictError(
                f"{MOST_OPEN} bookings are open.", field="bookings", value=MOST_OPEN, expected="to end some of them"
            )

    async def _add(self, change: Change[Booking]) -> None:
        """Write it; what stands in its way and has lapsed is ended first."""
        try:
            await self.bookings.add(change)
        except PeriodTakenError:
            now = self.clock.now()
            blockers = await self.bookings.blockers(change.state.car_id, change.state.blocked)
            if not all(one.has_lapsed(now) for one in blockers):
                raise
            for one in blockers:
                with suppress(ConcurrencyConflictError):  # somebody else ended it, or decided after all
                    await self.bookings.save(one.expire(now=now))
            await self.bookings.add(change)

    async def _taken(self, car_id: CarId, period: Period, now: datetime) -> list[Period]:
        """Every time in the period that somebody has the car, what has lapsed left out."""
        taken: list[Period] = []
        while True:
            blockers = await self.bookings.blockers(car_id, period)
            taken += [one.blocked for one in blockers if not one.has_lapsed(now)]
            if len(blockers) < MOST_BLOCKERS or blockers[-1].blocked.end >= period.end:
                return taken
            period = Period(blockers[-1].blocked.end, period.end)

    async def _answer(
        self,
        actor: Actor,
        booking_id: BookingId,
        expected: int | None,
        decide: Callable[[Booking], Change[Booking]],
    ) -> Booking:
        booking = await self.bookings.get(booking_id)
        if booking is None or not _answers(actor, booking):
            raise _unknown(booking_id)
        demand_newest(booking, expected, what="booking")
        return await self._save(decide(booking))

    async def _mine(self, actor: Actor, booking_id: BookingId, expected: int | None) -> Booking:
        booking = await self._existing(booking_id)
        if booking.customer != actor.user_id:
            raise _unknown(booking_id)
        demand_newest(booking, expected, what="booking")
        return booking

    async def _existing(self, booking_id: BookingId) -> Booking:
        booking = await self.bookings.get(booking_id)
        if booking is None:
            raise _unknown(booking_id)
        return booking

    async def _save(self, change: Change[Booking]) -> Booking:
        await self.bookings.save(change)
        return change.state

    async def _rules_of(self, car_id: CarId) -> DealerRules:
        car = await self.rules.car(car_id)
        if car is None:
            raise NotFoundError("There is no such car.", field="car", value=str(car_id))
        rules = await self.rules.rules(car.seller) if car.is_bookable else None
        if rules is None:
            raise NotBookableError("The car is not offered for booking.", field="car", value=str(car_id))
        return rules


def _answers(actor: Actor, booking: Booking) -> bool:
    own = booking.seller == seller_of(actor) and allows(actor.roles, Permission.ANSWER)
    return own or allows(actor.roles, Permission.ADMINISTER)


def _unknown(booking_id: BookingId) -> NotFoundError:
    return NotFoundError("There is no such booking.", field="booking", value=str(booking_id))
