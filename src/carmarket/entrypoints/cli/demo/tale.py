"""
A booking of the demo from its beginning to its end, and what both sides said of it.

Every step is taken at most once: what has happened already is left as it is, so that a seeding that was broken off
goes on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random  # noqa: TID251  seeded by names, so that each demo has the same history

from attrs import define, frozen

from carmarket.core.actor import Actor
from carmarket.core.booking.booking import Booking
from carmarket.core.booking.hours import zone_of
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.booking.quote import BookingKind
from carmarket.core.booking.rules import DealerRules
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import ConflictError
from carmarket.core.period import Period
from carmarket.core.reviews.lifecycle import ReviewStatus
from carmarket.core.side import Side
from carmarket.entrypoints.cli.demo.stories import UNDECIDED, Story
from carmarket.entrypoints.cli.demo.words import (
    OF_CUSTOMERS,
    OF_DEALERS,
    REASONS_TO_CANCEL,
    REASONS_TO_DECLINE,
    REPLIES,
    REPORT,
)
from carmarket.services.market import Market

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@frozen
class Act:
    """Something that happened."""

    at: datetime
    do: Callable[[], Awaitable[None]]


@frozen(kw_only=True)
class Yard:
    """A dealer of the demo, as far as its history goes."""

    number: int
    name: str
    owner: Actor
    rules: DealerRules


@define(kw_only=True)
class Tale:
    """A booking, and what came of it."""

    market: Market
    story: Story
    yard: Yard
    customer: Actor
    moderator: Actor
    car_id: CarId
    chance: Random
    today: datetime
    booking: Booking | None = None
    """`None` until it is made; and for good, if somebody was faster or the car is gone."""

    def acts(self) -> Iterator[Act]:
        booked = self.today + self.story.booked * DAY - self.chance.randint(1, 10) * HOUR
        kind = self._kind()
        period = self._period(kind)
        yield Act(booked, lambda: self._book(kind, period))
        yield Act(booked + 3 * HOUR, self._answer)
        if self.story.ends is BookingStatus.CANCELLED:
            yield Act(booked + DAY, self._cancel)
        if self.story.ends in (BookingStatus.COMPLETED, BookingStatus.NO_SHOW):
            yield Act(period.end + HOUR, self._end)
        yield from self._reviews(period.end)

    def _reviews(self, over: datetime) -> Iterator[Act]:
        """Between two acts of which the latter needs to know of the former lies a day."""
        stars, words = self.chance.choice(OF_DEALERS)
        if Side.CUSTOMER in self.story.reviewed_by:
            yield Act(over + 25 * HOUR, lambda: self._review(self.customer, stars, words))
        if Side.SELLER in self.story.reviewed_by:
            opinion = self.chance.choice(OF_CUSTOMERS)
            yield Act(over + 30 * HOUR, lambda: self._review(self.yard.owner, *opinion))
        waits = self.story.is_moderated_by_turns and self.yard.number % 3 == 0
        if self.story.reviewed_by and not waits:
            yield Act(over + 54 * HOUR, self._approve)
        shown = over + (80 * HOUR if len(self.story.reviewed_by) > 1 else 15 * DAY + 2 * HOUR)
        if self.story.is_replied:
            reply = REPLIES[2] if stars < 4 else self.chance.choice(REPLIES[:2])
            yield Act(shown, lambda: self._reply(reply))
            if stars == 1:
                yield Act(shown + HOUR, self._report)

    def _kind(self) -> BookingKind:
        """What the dealer offers, and what it does not confirm at once where nobody has decided yet."""
        kind, rules = self.story.kind, self.yard.rules
        if kind is BookingKind.RENTAL and rules.rental is None:
            kind = BookingKind.TEST_DRIVE
        return BookingKind.RESERVATION if self.story.ends in UNDECIDED and kind in rules.instant else kind

    def _period(self, kind: BookingKind) -> Period:
        zone = zone_of(self.yard.rules.hours.time_zone)
        day = self.today.astimezone(zone).date() + self.story.starts * DAY
        if kind is BookingKind.TEST_DRIVE:
            return self.chance.choice(_slots(self.yard.rules, day))
        start, end = (datetime.combine(one, time(10), zone) for one in (day, day + self.story.days * DAY))
        return Period(start, end)

    async def _book(self, kind: BookingKind, period: Period) -> None:
        booking = self.market.booking
        mine = await booking.find(self.customer, limit=1_000)
        made = next((one for one in mine if one.car_id == self.car_id), None)
        try:
            if made is None:
                quote = await booking.quote(self.car_id, kind, period)
                made = await booking.hold(self.customer, quote, key=f"demo:{self.car_id}")
            if made.status is BookingStatus.HELD:
                made = await booking.request(self.customer, made.id)
        except ConflictError:
            return
        self.booking = made

    async def _answer(self) -> None:
        booking = await self._in(BookingStatus.REQUESTED)
        if booking is None or self.story.ends in UNDECIDED - {BookingStatus.DECLINED}:
            return
        if self.story.ends is BookingStatus.DECLINED:
            reason = self.chance.choice(REASONS_TO_DECLINE)
            await self.market.booking.decline(self.yard.owner, booking.id, reason=reason)
        else:
            await self.market.booking.confirm(self.yard.owner, booking.id)

    async def _cancel(self) -> None:
        booking = await self._in(BookingStatus.CONFIRMED)
        if booking is not None:
            reason = self.chance.choice(REASONS_TO_CANCEL)
            await self.market.booking.cancel(self.customer, booking.id, reason=reason)

    async def _end(self) -> None:
        booking = await self._in(BookingStatus.CONFIRMED)
        if booking is None:
            return
        if self.story.ends is BookingStatus.NO_SHOW:
            await self.market.booking.miss(self.yard.owner, booking.id)
        else:
            await self.market.booking.complete(self.yard.owner, booking.id)

    async def _review(self, author: Actor, stars: int, words: str) -> None:
        booking = await self._in(BookingStatus.COMPLETED)
        if booking is not None:
            await self.market.reviews.write(author, booking.id, stars=stars, text=words)

    async def _approve(self) -> None:
        booking = await self._in(BookingStatus.COMPLETED)
        if booking is not None:
            for review in await self.market.reviews.of_booking(self.moderator, booking.id):
                if review.status is ReviewStatus.PENDING:
                    await self.market.reviews.approve(self.moderator, review.id)

    async def _reply(self, words: str) -> None:
        booking = await self._in(BookingStatus.COMPLETED)
        if booking is not None:
            for review in await self.market.reviews.of_booking(self.yard.owner, booking.id):
                if review.author is Side.CUSTOMER and review.reply is None:
                    await self.market.reviews.reply(self.yard.owner, review.id, text=words)

    async def _report(self) -> None:
        booking = await self._in(BookingStatus.COMPLETED)
        if booking is not None:
            for review in await self.market.reviews.of_booking(self.yard.owner, booking.id):
                if review.author is Side.CUSTOMER:
                    await self.market.reviews.report(self.yard.owner, review.id, reason=REPORT)

    async def _in(self, status: BookingStatus) -> Booking | None:
        """The booking as it is now, if it is in this state."""
        if self.booking is None:
            return None
        booking = await self.market.booking.get(self.customer, self.booking.id)
        return booking if booking.status is status else None


def _slots(rules: DealerRules, day: date) -> list[Period]:
    """The slots of the first day on which the dealer is open."""
    return next(
        slots for later in count() if (slots := list(rules.hours.slots(day + later * DAY, rules.slot, rules.buffer)))
    )
