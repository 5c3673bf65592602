"""
The law of `BookingRepository` and `BookingRules`, as tests.

It is long, for one calendar has many ways to be wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from attrs import frozen

from carmarket.core.actor import UserId
from carmarket.core.booking.booking import BookingId, NotBookableError, PeriodTakenError
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.ports.booking import BOOKING_RULES, BOOKINGS, BookingFilter, BookingRepository, BookingRules
from carmarket.ports.events import EVENTS, EventLog
from carmarket.ports.offer import Offer
from carmarket.testing.bookings import CAR, CUSTOMER, a_block, a_bookable_car, a_hold, from_to, some_rules
from carmarket.testing.builders import DEALER, NOW

Open = Callable[[], AbstractAsyncContextManager[Offer]]


@frozen
class Stores:
    bookings: BookingRepository
    rules: BookingRules
    log: EventLog


@asynccontextmanager
async def stores(open_booking: Open) -> AsyncIterator[Stores]:
    """New, empty stores in which one car can be booked."""
    async with open_booking() as offer:
        opened = Stores(await offer.get(BOOKINGS), await offer.get(BOOKING_RULES), await offer.get(EVENTS))
        await opened.rules.tell_cars([a_bookable_car()])
        yield opened


class BookingRepositoryContract:
    """Give a fixture `open_booking` that opens new, empty stores each time it is called."""

    async def test_what_was_saved_is_read_back_equal(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            held = a_hold(rules=some_rules(buffer=timedelta(minutes=15)))
            await it.bookings.add(held)
            assert await it.bookings.get(held.state.id) == held.state

            cancelled = held.state.cancel(now=NOW + timedelta(minutes=1), reason="It rains.")
            await it.bookings.save(cancelled)
            assert await it.bookings.get(held.state.id) == cancelled.state
            assert await it.bookings.get(BookingId(UUID(int=9))) is None

    async def test_state_and_events_are_written_together_or_not_at_all(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            held = a_hold(1)
            requested = held.state.request(now=NOW, instant=True)
            await it.bookings.add(held)
            await it.bookings.save(requested)
            with pytest.raises(PeriodTakenError):
                await it.bookings.add(a_hold(2))
            with pytest.raises(ConcurrencyConflictError):
                await it.bookings.save(held.state.cancel(now=NOW))

            recorded = await it.log.read(0, 10)
            assert [one.event for one in recorded] == [*held.events, *requested.events]

    @pytest.mark.parametrize(("start", "end"), [(24, 48), (20, 25), (47, 50), (30, 31), (20, 60)])
    async def test_periods_of_one_car_never_overlap(self, open_booking: Open, start: float, end: float) -> None:
        async with stores(open_booking) as it:
            await it.bookings.add(a_hold(1, from_to(24, 48)))

            with pytest.raises(PeriodTakenError):
                await it.bookings.add(a_hold(2, from_to(start, end)))
            assert await it.bookings.get(BookingId(UUID(int=2))) is None

    @pytest.mark.parametrize(("start", "end"), [(20, 24), (48, 50)])
    async def test_periods_of_one_car_may_touch(self, open_booking: Open, start: float, end: float) -> None:
        async with stores(open_booking) as it:
            await it.bookings.add(a_hold(1, from_to(24, 48)))

            await it.bookings.add(a_hold(2, from_to(start, end)))

            assert len(await it.bookings.blockers(CAR, from_to(0, 100))) == 2

    async def test_a_long_booking_far_back_still_blocks(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            await it.bookings.add(a_hold(1, from_to(24, 500)))

            with pytest.raises(PeriodTakenError):
                await it.bookings.add(a_hold(2, from_to(490, 491)))

    async def test_the_buffer_blocks_too(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            await it.bookings.add(a_hold(1, from_to(24, 48), rules=some_rules(buffer=timedelta(minutes=15))))

            with pytest.raises(PeriodTakenError):
                await it.bookings.add(a_hold(2, from_to(48, 50)))
            await it.bookings.add(a_hold(3, from_to(48.25, 50)))

    @pytest.mark.parametrize("ends", ["cancelled", "declined", "expired", "completed", "no-show"])
    async def test_what_has_ended_blocks_no_longer(self, open_booking: Open, ends: str) -> None:
        async with stores(open_booking) as it:
            held = a_hold(1, from_to(24, 48)).state
            later = NOW + timedelta(hours=30)
            steps = {
                "cancelled": [held.cancel(now=NOW)],
                "declined": [requested := held.request(now=NOW, instant=False), requested.state.decline("No", now=NOW)],
                "expired": [held.expire(now=NOW + timedelta(hours=1))],
                "completed": [sure := held.request(now=NOW, instant=True), sure.state.complete(now=later)],
                "no-show": [kept := held.request(now=NOW, instant=True), kept.state.miss(now=later)],
            }[ends]
            await it.bookings.add(a_hold(1, from_to(24, 48)))
            for step in steps:
                await it.bookings.save(step)

            await it.bookings.add(a_hold(2, from_to(24, 48)))

            blocking = await it.bookings.blockers(CAR, from_to(0, 100))
            assert [one.id.int for one in blocking] == [2]

    async def test_other_cars_are_other_affairs(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            other = CarId(UUID(int=77))
            await it.rules.tell_cars([a_bookable_car(other)])
            await it.bookings.add(a_hold(1))

            await it.bookings.add(a_hold(2, car_id=other))

            assert [one.id.int for one in await it.bookings.blockers(other, from_to(0, 100))] == [2]

    async def test_a_car_that_is_not_offered_is_not_booked(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            with pytest.raises(NotBookableError):
                await it.bookings.add(a_hold(1, car_id=CarId(UUID(int=78))))
            await it.rules.tell_cars([a_bookable_car(version=2, is_bookable=False)])
            with pytest.raises(NotBookableError):
                await it.bookings.add(a_hold(2))

    async def test_a_repeat_is_told_from_a_rival(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            await it.bookings.add(a_hold(1))
            await it.rules.tell_cars([a_bookable_car(version=2, is_bookable=False)])

            with pytest.raises(ConcurrencyConflictError):
                await it.bookings.add(a_hold(1))

    async def test_of_many_who_want_one_period_one_wins(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            attempts = (it.bookings.add(a_hold(number, from_to(24, 48))) for number in range(1, 41))
            results = await asyncio.gather(*attempts, return_exceptions=True)

            assert [type(one) for one in results].count(PeriodTakenError) == 39
            assert len(await it.bookings.blockers(CAR, from_to(0, 100))) == 1
            assert len(await it.log.read(0, 100)) == 1

    async def test_of_two_who_decide_on_one_version_one_wins(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            held = a_hold(1)
            await it.bookings.add(held)
            rivals = [held.state.cancel(now=NOW), held.state.request(now=NOW, instant=False)]
            results = await asyncio.gather(*map(it.bookings.save, rivals), return_exceptions=True)

            assert [type(one) for one in results].count(ConcurrencyConflictError) == 1

    async def test_blockers_come_in_the_order_of_time_and_are_those_of_the_period(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            for number, start in ((1, 72), (2, 24), (3, 48), (4, 96)):
                await it.bookings.add(a_hold(number, from_to(start, start + 10)))

            async def numbers(start: float, end: float) -> list[int]:
                return [one.id.int for one in await it.bookings.blockers(CAR, from_to(start, end))]

            assert await numbers(0, 200) == [2, 3, 1, 4]
            assert await numbers(34, 72) == [3]
            assert await numbers(33.5, 72.5) == [2, 3, 1]
            assert await numbers(58, 72) == []

    async def test_a_change_that_alters_nothing_writes_nothing(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            held = a_hold()
            await it.bookings.add(held)
            cancelled = held.state.cancel(now=NOW)
            await it.bookings.save(cancelled)
            await it.bookings.save(Change(base=1, state=held.state, events=()))

            assert await it.bookings.get(held.state.id) == cancelled.state
            assert len(await it.log.read(0, 10)) == 2

    async def test_bookings_are_found_by_what_is_asked(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            for number in range(1, 6):
                customer = CUSTOMER if number % 2 else UserId(UUID(int=5))
                await it.bookings.add(a_hold(number, from_to(24 * number, 24 * number + 1), customer=customer))
            await it.bookings.save(a_hold(1, from_to(24, 25)).state.cancel(now=NOW))

            async def ids(wanted: BookingFilter, **said: int) -> list[int]:
                after = BookingId(UUID(int=said["after"])) if "after" in said else None
                found = await it.bookings.find(wanted, after=after, limit=said.get("limit", 100))
                return [one.id.int for one in found]

            assert await ids(BookingFilter()) == [1, 2, 3, 4, 5]
            assert await ids(BookingFilter(customer=CUSTOMER)) == [1, 3, 5]
            assert await ids(BookingFilter(seller=SellerId(DEALER)), after=2, limit=2) == [3, 4]
            assert await ids(BookingFilter(seller=SellerId(UUID(int=1)))) == []
            assert await ids(BookingFilter(car_id=CAR, statuses=frozenset({BookingStatus.CANCELLED}))) == [1]
            assert await ids(BookingFilter(lapses_by=NOW)) == []
            assert await ids(BookingFilter(lapses_by=NOW + timedelta(minutes=10))) == [2, 3, 4, 5]

    async def test_a_sellers_own_time_is_under_the_same_rule_and_told_apart_by_its_kind(
        self, open_booking: Open
    ) -> None:
        async with stores(open_booking) as it:
            await it.bookings.add(a_hold(1, from_to(24, 48)))
            with pytest.raises(PeriodTakenError):
                await it.bookings.add(a_block(2, from_to(47, 50)))
            await it.bookings.add(a_block(3, from_to(48, 50)))
            with pytest.raises(PeriodTakenError):
                await it.bookings.add(a_hold(4, from_to(49, 51)))

            async def ids(*kinds: BookingKind) -> list[int]:
                return [one.id.int for one in await it.bookings.find(BookingFilter(kinds=frozenset(kinds)))]

            assert await ids(BookingKind.BUSY) == [3]
            assert await ids(BookingKind.RENTAL, BookingKind.TEST_DRIVE) == [1]
            assert await ids(BookingKind.RENTAL, BookingKind.BUSY) == await ids() == [1, 3]
            assert [one.id.int for one in await it.bookings.find(BookingFilter(remind_by=from_to(47, 48).start))] == []

    async def test_those_to_be_reminded_of_are_found_until_they_are(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            for number, start in ((1, 72), (2, 96), (3, 120)):
                held = a_hold(number, from_to(start, start + 1))
                await it.bookings.add(held)
                if number < 3:
                    await it.bookings.save(held.state.request(now=NOW, instant=True))

            async def due(hours: int) -> list[int]:
                found = await it.bookings.find(BookingFilter(remind_by=NOW + timedelta(hours=hours)))
                return [one.id.int for one in found]

            assert (await due(47), await due(48), await due(200)) == ([], [1], [1, 2])
            first = await it.bookings.get(BookingId(UUID(int=1)))
            assert first is not None
            await it.bookings.save(first.remind(now=NOW + timedelta(hours=48)))
            assert await due(200) == [2]
            with pytest.raises(ConcurrencyConflictError):
                await it.bookings.save(first.remind(now=NOW + timedelta(hours=48)))

    async def test_what_is_older_than_what_is_known_is_passed_over(self, open_booking: Open) -> None:
        async with stores(open_booking) as it:
            await it.rules.tell_cars([a_bookable_car(version=3, is_bookable=False)])
            await it.rules.tell_cars([a_bookable_car(version=2)])
            await it.rules.tell_rules(some_rules(version=2, buffer=timedelta(minutes=5)))
            await it.rules.tell_rules(some_rules(version=1))

            assert await it.rules.car(CAR) == a_bookable_car(version=3, is_bookable=False)
            assert await it.rules.rules(SellerId(DEALER)) == some_rules(version=2, buffer=timedelta(minutes=5))
            assert await it.rules.car(CarId(UUID(int=79))) is None
            assert await it.rules.rules(SellerId(UUID(int=79))) is None
