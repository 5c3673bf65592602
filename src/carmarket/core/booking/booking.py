"""
A booking: somebody has a car for a period.

It is long, for every step of a booking's life is a method of one aggregate.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NewType
from uuid import UUID

from attrs import evolve, frozen

from carmarket.core.actor import UserId
from carmarket.core.booking import events
from carmarket.core.booking.lifecycle import BLOCKING, BookingAction, BookingStatus, next_status
from carmarket.core.booking.quote import NO_MONEY, BookingKind, Quote
from carmarket.core.booking.rules import DealerRules
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.errors import ConflictError, InvalidError
from carmarket.core.money import Money
from carmarket.core.period import Period
from carmarket.core.text import short

BookingId = NewType("BookingId", UUID)
HOLD = timedelta(minutes=10)
"""How long a customer has to decide."""
ANSWER = timedelta(hours=48)
"""How long a dealer has to answer a request."""
REMINDER = timedelta(hours=24)
"""How long before its start a customer is reminded."""
FARTHEST = timedelta(days=365)
COMES = frozenset({BookingKind.TEST_DRIVE, BookingKind.RENTAL})
"""Kinds for which somebody comes at the start, and is reminded of it."""


class PeriodTakenError(ConflictError):
    """Somebody else has the car in the period, or in a part of it."""

    code = "period-taken"


class NotBookableError(ConflictError):
    """The car is not offered now."""

    code = "not-bookable"


@frozen(kw_only=True)
class Booking:
    """An aggregate: every method that decides something returns a Change and alters nothing itself."""

    id: BookingId
    version: int
    status: BookingStatus
    kind: BookingKind
    car_id: CarId
    seller: SellerId
    customer: UserId
    period: Period
    blocked: Period
    quote: Quote
    lapses_at: datetime | None
    """When a hold, a request, a reservation or a seller's own time runs out."""
    reason: str | None = None
    """Why it was declined or cancelled."""
    reminded_at: datetime | None = None
    refund: Money | None = None
    created_at: datetime
    updated_at: datetime
    fingerprint: str | None = None
    """Of the request that made it, where that had an Idempotency-Key."""

    @classmethod
    def hold(
        cls,
        *,
        booking_id: BookingId,
        customer: UserId,
        quote: Quote,
        rules: DealerRules,
        now: datetime,
        fingerprint: str | None = None,
    ) -> Change[Booking]:
        """
        Keep the car for a customer who is about to decide; it blocks at once.

        Raises: InvalidError for a quote that has run out, or a period that has begun or ends in more than a year.
        """
        if now >= quote.expires_at:
            raise InvalidError(
                "The quote has run out.", field="quote", value=quote.expires_at.isoformat(), expected="a new quote"
            )
        demand_time(quote.period, now)
        state = cls(
            id=booking_id,
            version=1,
            status=BookingStatus.HELD,
            kind=quote.kind,
            car_id=quote.car_id,
            seller=rules.seller,
            customer=customer,
            period=quote.period,
            blocked=rules.blocked(quote.period),
            quote=quote,
            lapses_at=min(now + HOLD, quote.period.start),
            created_at=now,
            updated_at=now,
            fingerprint=fingerprint,
        )
        return Change(base=0, state=state, events=(_told(events.BookingHeld, state, now),))

    @classmethod
    def block(
        cls, *, booking_id: BookingId, car_id: CarId, seller: SellerId, period: Period, now: datetime
    ) -> Change[Booking]:
        """
        The seller needs the car itself, under the rule that all bookings are under; it ends by itself.

        Raises: InvalidError for a period that is over.
        """
        if period.end <= now:
            raise InvalidError("This time is over.", field="period", value=period.end.isoformat(), expected="later")
        state = cls(
            id=booking_id,
            version=1,
            status=BookingStatus.CONFIRMED,
            kind=BookingKind.BUSY,
            car_id=car_id,
            seller=seller,
            customer=UserId(seller),
            period=period,
            blocked=period,  # nobody hands the car over, so there is no buffer
            quote=Quote(car_id=car_id, kind=BookingKind.BUSY, period=period, currency=NO_MONEY, expires_at=now),
            lapses_at=period.end,
            created_at=now,
            updated_at=now,
        )
        return Change(base=0, state=state, events=(_told(events.CarBlocked, state, now),))

    @property
    def blocks(self) -> bool:
        """Whether nobody else can have the car in `blocked`."""
        return self.status in BLOCKING

    def request(self, *, now: datetime, instant: bool) -> Change[Booking]:
        """The customer decides for it; where the dealer's rule says so it is confirmed at once."""
        self._demand_alive(now)
        lapses = min(now + ANSWER, self.period.start)
        requested = self._step(BookingAction.REQUEST, events.BookingRequested, now, lapses_at=lapses)
        return requested.then(lambda it: it.confirm(now=now)) if instant else requested

    def confirm(self, *, now: datetime) -> Change[Booking]:
        """The dealer says yes. A reservation that leads to no sale lapses at its end."""
        self._demand_alive(now)
        lapses = self.period.end if self.kind is BookingKind.RESERVATION else None
        return self._step(BookingAction.CONFIRM, events.BookingConfirmed, now, lapses_at=lapses)

    def decline(self, reason: str, *, now: datetime) -> Change[Booking]:
        """The dealer cannot, and says why."""
        return self._step(
            BookingAction.DECLINE, events.BookingDeclined, now, lapses_at=None, reason=_reason(reason),
            refund=self.quote.refund(cancelled_at=now, by_seller=True),
        )  # fmt: skip

    def cancel(self, *, now: datetime, reason: str = "", by_seller: bool = False) -> Change[Booking]:
        """
        Call it off; what comes back follows from the quote's policy, and is all when the seller cancels.

        Before the dealer has confirmed nothing is owed yet, so all comes back.

        A seller's own time ends so, too: nobody is owed anything, and nobody is told that a booking was cancelled.

        Raises: ConflictError for a customer whose confirmed booking has begun.
        """
        if self.kind is BookingKind.BUSY:
            return self._step(BookingAction.CANCEL, events.CarFreed, now, lapses_at=None, reason=reason or None)
        if not by_seller and self.status is BookingStatus.CONFIRMED and now >= self.period.start:
            raise ConflictError(
                "The booking has begun.",
                field="period",
                value=self.period.start.isoformat(),
                expected="a moment before its start",
            )
        free = by_seller or self.status is not BookingStatus.CONFIRMED
        return self._step(
            BookingAction.CANCEL, events.BookingCancelled, now, lapses_at=None,
            reason=_reason(reason) if reason else None, refund=self.quote.refund(cancelled_at=now, by_seller=free),
        )  # fmt: skip

    def remind(self, *, now: datetime) -> Change[Booking]:
        """
        Note that it begins soon, once; its customer is told.

        Raises: ConflictError before a day ahead of it, or where there is nothing to be reminded of.
        """
        remind_at = self.remind_at
        if remind_at is None or now < remind_at:
            raise ConflictError(
                "There is nothing to be reminded of.", field="status", value=self.status.value, expected="confirmed"
            )
        state = evolve(self, version=self.version + 1, updated_at=now, reminded_at=now)
        told = _told(events.BookingReminded, state, now, before=self.status)
        return Change(base=self.version, state=state, events=(told,))

    @property
    def remind_at(self) -> datetime | None:
        """From when on its customer is to be reminded; `None` for who has only just heard that it is confirmed."""
        moment = self.period.start - REMINDER
        is_open = self.status is BookingStatus.CONFIRMED and self.reminded_at is None
        return moment if is_open and self.kind in COMES and self.updated_at < moment else None

    def complete(self, *, now: datetime) -> Change[Booking]:
        """Raises: ConflictError before it has begun."""
        self._demand_begun(now)
        return self._step(BookingAction.COMPLETE, events.BookingCompleted, now, lapses_at=None)

    def miss(self, *, now: datetime) -> Change[Booking]:
        """
        The customer did not come.

        Raises: ConflictError before it has begun.
        """
        self._demand_begun(now)
        return self._step(BookingAction.MISS, events.BookingMissed, now, lapses_at=None)

    def forget(self, *, now: datetime) -> Change[Booking]:
        """One of its people has erased themselves: what was said goes, that there was a booking stays."""
        if self.reason is None:
            return Change(base=self.version, state=self, events=())
        state = evolve(self, version=self.version + 1, updated_at=now, reason=None)
        told = _told(events.BookingAnonymised, state, now, before=self.status)
        return Change(base=self.version, state=state, events=(told,))

    def expire(self, *, now: datetime) -> Change[Booking]:
        """
        Nobody decided in time, or a reservation ended without a sale, for which nobody came, or a seller's time ends.

        Raises: ConflictError before that.
        """
        if not self.has_lapsed(now):
            raise ConflictError(
                "The booking has not lapsed.",
                field="lapses_at",
                value=None if self.lapses_at is None else self.lapses_at.isoformat(),
                expected="a moment that has passed",
            )
        if self.kind is BookingKind.BUSY:
            return self.cancel(now=now, by_seller=True)
        if self.status is BookingStatus.CONFIRMED:
            return self.miss(now=now)
        return self._step(BookingAction.EXPIRE, events.BookingExpired, now, lapses_at=None)

    def has_lapsed(self, now: datetime) -> bool:
        """Whether it is a hold, a request or a reservation whose time is over."""
        return self.lapses_at is not None and now >= self.lapses_at

    def _demand_alive(self, now: datetime) -> None:
        if self.has_lapsed(now):
            raise ConflictError(
                "The booking has lapsed.",
                field="lapses_at",
                value=self.lapses_at and self.lapses_at.isoformat(),
                expected="a new booking",
            )

    def _demand_begun(self, now: datetime) -> None:
        """Also that there is somebody who had the car, or missed it; so nobody reviews a seller's own time."""
        if self.kind is BookingKind.BUSY:
            raise ConflictError(
                "Nobody has booked the seller's own time.", field="kind", value=self.kind.value, expected="a customer"
            )
        if now < self.period.start:
            raise ConflictError(
                "The booking has not begun.",
                field="period",
                value=self.period.start.isoformat(),
                expected="a moment behind its start",
            )

    def _step(
        self, action: BookingAction, event: type[events.BookingEvent], now: datetime, **changes: Any
    ) -> Change[Booking]:
        status = next_status(self.status, action)
        state = evolve(self, status=status, version=self.version + 1, updated_at=now, **changes)
        return Change(base=self.version, state=state, events=(_told(event, state, now, before=self.status),))


def demand_time(period: Period, now: datetime) -> None:
    """Raises: InvalidError unless the period lies between now and a year from now."""
    if not now < period.start < period.end <= now + FARTHEST:
        raise InvalidError(
            "A booking lies between now and a year from now.",
            field="period",
            value=f"{period.start.isoformat()} to {period.end.isoformat()}",
            expected=f"{now.isoformat()} to {(now + FARTHEST).isoformat()}",
        )


def _told(
    event: type[events.BookingEvent], state: Booking, now: datetime, *, before: BookingStatus | None = None
) -> events.BookingEvent:
    return event(
        key=state.id,
        version=state.version,
        at=now,
        car_id=state.car_id,
        seller=state.seller,
        customer=state.customer,
        kind=state.kind,
        before=before,
        status=state.status,
        period=state.period,
        blocked=state.blocked,
    )


def _reason(text: str) -> str:
    if not text.strip():
        raise InvalidError("It is said why.", field="reason", value=text, expected="a sentence for the customer")
    short("reason", text, 1_000)
    return text
