"""
A seller's own times block a car as bookings do, give way to those that there are, and concern nobody else.

It is long, for calendars say when somebody is busy in many ways.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmarket import Money, SearchQuery, Settings, open_market
from carmarket.adapters.memory import MemoryBookingRepository, MemoryClock, MemoryMailer
from carmarket.codec.bookings import offered
from carmarket.core.actor import Actor, UserId
from carmarket.core.booking.booking import Booking, BookingId, NotBookableError, PeriodTakenError
from carmarket.core.booking.calendar import covers, merged, without
from carmarket.core.booking.events import BookingEvent
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError, ConflictError, ForbiddenError, InvalidError, NotFoundError
from carmarket.core.period import Period
from carmarket.core.users.roles import Role
from carmarket.ports.booking import BookingFilter
from carmarket.services.busy import MOST_PERIODS, BusyTimeService
from carmarket.services.market import Market
from carmarket.testing.bookings import CAR, CUSTOMER, a_block, a_bookable_car, a_hold, from_to, some_rules
from carmarket.testing.builders import NOW, a_dealer, an_admin, some_details
from tests.logs import log_of

DEALER = a_dealer()
ANNA = Actor(user_id=CUSTOMER)
MODERATOR = Actor(user_id=UserId(UUID(int=8)), roles=frozenset({Role.MODERATOR}))
BUSY = BookingFilter(kinds=frozenset({BookingKind.BUSY}))
PAUSE = timedelta(minutes=15)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "sqlite"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    async with open_market(Settings(url=url, search="memory://", mail="memory://"), clock=clock) as market:
        yield market


async def a_car(market: Market, seller: Actor = DEALER) -> CarId:
    listing = await market.catalog.draft(seller, details=some_details(), price=Money(1_000_000, "USD"))
    await market.catalog.submit(seller, listing.id)
    await market.catalog.publish(an_admin(), listing.id)
    sold_by = SellerId(seller.dealer_id or seller.user_id)
    await market.booking.set_rules(seller, some_rules(seller=sold_by, buffer=PAUSE))
    await market.settle()
    return CarId(listing.id)


@pytest.fixture
async def car(market: Market) -> CarId:
    return await a_car(market)


async def hold(market: Market, car: CarId, period: Period) -> Booking:
    return await market.booking.hold(ANNA, await market.booking.quote(car, BookingKind.RENTAL, period))


async def told(market: Market) -> list[BookingEvent]:
    recorded = await log_of(market).read(0, 1_000)
    return [one.event for one in recorded if isinstance(one.event, BookingEvent)]


async def test_a_car_is_blocked_while_its_seller_is_busy(market, car):
    done = await market.busy.replace(DEALER, car, [from_to(48, 50), from_to(100, 101)])

    assert done.blocked == (from_to(48, 50), from_to(100, 101))
    assert (done.kept, done.released, done.conflicts) == ((), (), ())
    assert from_to(48, 50) in (await market.booking.calendar(car)).busy
    with pytest.raises(PeriodTakenError):
        await hold(market, car, from_to(49, 60))
    await hold(market, car, from_to(50, 60))


async def test_the_same_calendar_changes_nothing_whenever_it_comes(market, car, clock):
    periods = [from_to(-5, 5), from_to(48, 50), from_to(24 * 300, 24 * 900)]
    await market.busy.replace(DEALER, car, periods)
    rows, events = await market.stock.bookings.find(BUSY), await told(market)

    for hours in (0, 2):
        clock.advance(timedelta(hours=hours))
        done = await market.busy.replace(DEALER, car, periods)
        assert (done.blocked, done.released, len(done.kept)) == ((), (), 3)

    assert await market.stock.bookings.find(BUSY) == rows
    assert await told(market) == events


async def test_what_never_ends_grows_by_a_row_a_day(market, car, clock):
    always = [from_to(24, 24 * 900)]
    await market.busy.replace(DEALER, car, always)
    clock.advance(timedelta(days=1))

    first = await market.busy.replace(DEALER, car, always)
    clock.advance(timedelta(hours=1))
    second = await market.busy.replace(DEALER, car, always)

    assert [(len(one.blocked), len(one.released)) for one in (first, second)] == [(1, 0), (0, 0)]
    assert first.blocked[0].end - first.blocked[0].start == timedelta(days=1)


async def test_a_calendar_takes_the_place_of_the_one_before(market, car):
    await market.busy.replace(DEALER, car, [from_to(48, 50), from_to(60, 70), from_to(80, 90)])

    done = await market.busy.replace(DEALER, car, [from_to(48, 50), from_to(60, 65), from_to(79, 91)])

    assert done.kept == (from_to(48, 50), from_to(80, 90))
    assert done.released == (from_to(60, 70),)
    assert done.blocked == (from_to(60, 65), from_to(79, 80), from_to(90, 91))
    await hold(market, car, from_to(65, 66))
    assert (await market.busy.replace(DEALER, car, [])).blocked == ()
    assert {one.status for one in await market.stock.bookings.find(BUSY)} == {BookingStatus.CANCELLED}


async def test_a_booking_that_there_is_stays_and_is_told_as_a_conflict(market, car):
    booking = await hold(market, car, from_to(50, 60))

    done = await market.busy.replace(DEALER, car, [from_to(48, 55), from_to(60, 70), from_to(90, 91)])

    pause_ends = from_to(60.25, 70).start
    assert done.blocked == (from_to(48, 50), Period(pause_ends, from_to(60, 70).end), from_to(90, 91))
    assert done.conflicts == (from_to(50, 55), Period(from_to(60, 70).start, pause_ends))
    assert await market.booking.get(ANNA, booking.id) == booking
    again = await market.busy.replace(DEALER, car, [from_to(48, 55), from_to(60, 70), from_to(90, 91)])
    assert (again.blocked, again.released, again.conflicts) == ((), (), done.conflicts)
    await market.booking.cancel(ANNA, booking.id)
    freed = await market.busy.replace(DEALER, car, [from_to(48, 55), from_to(60, 70), from_to(90, 91)])
    assert freed.blocked == (from_to(50, 55), Period(from_to(60, 70).start, pause_ends))


async def test_a_hold_that_lapsed_makes_way_for_its_seller(market, car, clock):
    lapsed = await hold(market, car, from_to(50, 60))
    clock.advance(timedelta(minutes=10))

    done = await market.busy.replace(DEALER, car, [from_to(50, 60)])

    assert (done.blocked, done.conflicts) == ((from_to(50, 60),), ())
    assert (await market.booking.get(ANNA, lapsed.id)).status is BookingStatus.EXPIRED


async def test_a_busy_time_ends_by_itself_and_nobody_missed_it(market, car, clock):
    await market.busy.replace(DEALER, car, [from_to(48, 50)])
    clock.advance(timedelta(hours=50))
    await market.settle()

    (ended,) = await market.stock.bookings.find(BUSY)

    assert (ended.status, ended.refund, ended.lapses_at) == (BookingStatus.CANCELLED, None, None)
    assert [one.type for one in await told(market)] == ["booking.car-blocked", "booking.car-freed"]


async def test_nobody_is_written_to_reminded_or_invited_to_a_review(market, car, clock):
    await market.busy.replace(DEALER, car, [from_to(26, 50), from_to(60, 61)])
    clock.advance(timedelta(hours=25))
    await market.settle()
    await market.busy.replace(DEALER, car, [from_to(26, 50)])
    clock.advance(timedelta(hours=30))
    await market.settle()

    mailer = market.stock.mailer
    assert isinstance(mailer, MemoryMailer)
    assert mailer.sent == []
    for one in await market.stock.bookings.find(BUSY):
        assert await market.stock.reviewable_bookings.get(one.id) is None
    assert {one.type for one in await told(market)} == {"booking.car-blocked", "booking.car-freed"}


async def test_a_sellers_own_time_is_neither_completed_nor_missed_nor_asked_for(market, car, clock):
    await market.busy.replace(DEALER, car, [from_to(1, 50)])
    (row,) = await market.stock.bookings.find(BUSY)
    clock.advance(timedelta(hours=2))

    for decide in (market.booking.complete, market.booking.miss):
        with pytest.raises(ConflictError):
            await decide(DEALER, row.id)
    for period in (from_to(60, 61), from_to(20, 21)):
        with pytest.raises(NotBookableError):
            await market.booking.quote(car, BookingKind.BUSY, period)
    assert offered(row, DEALER) == ("cancel",)
    assert offered(row, ANNA) == ()
    with pytest.raises(NotFoundError):
        await market.booking.get(ANNA, row.id)


async def test_neither_list_nor_agenda_shows_busy_times(market, car):
    booking = await hold(market, car, from_to(50, 60))
    await market.busy.replace(DEALER, car, [from_to(48, 49)])

    assert [one.id for one in await market.booking.find(DEALER, of_my_cars=True)] == [booking.id]
    assert [one.id for one in await market.booking.agenda(DEALER.dealer_id)] == [booking.id]


async def test_search_finds_the_car_where_its_seller_does_not_need_it(market, car):
    await market.busy.replace(DEALER, car, [from_to(48, 50)])
    await market.settle()

    async def total(period: Period) -> int:
        return len((await market.search.find(SearchQuery(free=period))).page.hits)

    assert [await total(from_to(*hours)) for hours in ((49, 51), (50, 51))] == [0, 1]
    await market.keeper.rebuild()
    assert await total(from_to(49, 51)) == 0
    await market.busy.replace(DEALER, car, [])
    await market.settle()
    assert await total(from_to(49, 51)) == 1


@pytest.mark.parametrize("action", ["sell", "archive"])
async def test_busy_times_go_with_the_car_even_those_that_are_over(market, car, clock, action):
    await market.busy.replace(DEALER, car, [from_to(1, 2), from_to(48, 50)])
    clock.advance(timedelta(hours=3))
    await getattr(market.catalog, action)(DEALER, car)
    await market.settle()

    assert {one.status for one in await market.stock.bookings.find(BUSY)} == {BookingStatus.CANCELLED}


async def test_a_private_sellers_busy_times_go_with_the_account(market):
    seller = Actor(user_id=UserId(UUID(int=77)))
    car = await a_car(market, seller)
    await market.busy.replace(seller, car, [from_to(-1, 2), from_to(48, 50)])
    before = await market.booking.find(seller)

    await market.users.privacy.forget(seller.user_id)

    assert before == ()
    assert {one.status for one in await market.stock.bookings.find(BUSY)} == {BookingStatus.CANCELLED}
    assert {one.type for one in await told(market)} == {"booking.car-blocked", "booking.car-freed"}


async def test_only_its_seller_says_when_a_car_is_needed(market, car):
    for strange in (ANNA, a_dealer(5)):
        with pytest.raises(NotFoundError):
            await market.busy.replace(strange, car, [from_to(48, 50)])
        with pytest.raises(NotFoundError):
            await market.busy.reading(strange, car)
    with pytest.raises(ForbiddenError):
        await market.busy.replace(MODERATOR, car, [])
    with pytest.raises(NotFoundError):
        await market.busy.replace(DEALER, CarId(UUID(int=1)), [])

    assert await market.stock.bookings.find(BUSY) == ()
    assert len((await market.busy.replace(an_admin(), car, [from_to(48, 50)])).blocked) == 1
    (row,) = await market.stock.bookings.find(BUSY)
    assert row.seller == DEALER.dealer_id


async def test_a_car_that_is_not_offered_is_freed_and_not_blocked(market, car):
    await market.busy.replace(DEALER, car, [from_to(48, 50)])
    await market.catalog.pause(DEALER, car)
    await market.settle()

    with pytest.raises(NotBookableError):
        await market.busy.replace(DEALER, car, [from_to(60, 61)])
    kept = await market.busy.replace(DEALER, car, [from_to(48, 50)])
    done = await market.busy.replace(DEALER, car, [])

    assert (kept.kept, done.released) == ((from_to(48, 50),), (from_to(48, 50),))


async def test_a_seller_without_rules_has_no_clock_to_read_a_calendar_by(market):
    listing = await market.catalog.draft(DEALER, details=some_details(), price=Money(1, "USD"))
    await market.catalog.publish(DEALER, listing.id)
    await market.settle()

    with pytest.raises(NotBookableError):
        await market.busy.reading(DEALER, CarId(listing.id))


async def test_a_calendar_has_its_bounds(market, car):
    many = [from_to(2 * number, 2 * number + 1) for number in range(1, MOST_PERIODS + 2)]

    with pytest.raises(InvalidError) as refused:
        await market.busy.replace(DEALER, car, many)

    assert refused.value.field == "calendar"
    assert await market.stock.bookings.find(BUSY) == ()


async def test_two_calendars_at_once_leave_the_car_blocked_once(market, car):
    periods = [from_to(24 * day, 24 * day + 5) for day in range(1, 20)]

    done = await asyncio.gather(*(market.busy.replace(DEALER, car, periods) for _ in range(4)))

    blocking = [one for one in await market.stock.bookings.find(BUSY) if one.blocks]
    assert sorted(one.period.start for one in blocking) == [one.start for one in periods]
    assert {one.conflicts for one in done} == {()}


class BooksInBetween(MemoryBookingRepository):
    """Somebody is faster, so many times."""

    times = 1

    async def add(self, change: Change[Booking]) -> None:
        if change.state.kind is BookingKind.BUSY and self.times:
            self.times -= 1
            start = change.state.period.start
            await super().add(a_hold(900 + self.times, Period(start, start + timedelta(minutes=30)), car_id=CAR))
        await super().add(change)


async def in_between(times: int) -> Any:
    async with open_market("memory://", clock=MemoryClock(NOW)) as market:
        rules: Any = market.stock.booking_rules
        await rules.tell_cars([a_bookable_car()])
        await rules.tell_rules(some_rules())
        bookings: Any = market.stock.bookings
        faster = BooksInBetween(bookings._store, rules)
        faster.times = times
        service = BusyTimeService(bookings=faster, rules=rules, clock=market.stock.clock, ids=market.stock.ids)
        return await service.replace(DEALER, CAR, [from_to(48, 60)])


async def test_who_books_in_between_is_planned_around():
    done = await in_between(1)

    assert done.blocked == (from_to(48.5, 60),)
    assert done.conflicts == (from_to(48, 48.5),)


async def test_who_is_faster_again_and_again_is_told_of():
    with pytest.raises(ConcurrencyConflictError):
        await in_between(100)


HOURS = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 9)).map(lambda it: from_to(it[0], it[0] + it[1])))


def hours(periods: Sequence[Period]) -> set[int]:
    return {hour for hour in range(60) if any(one.overlaps(from_to(hour, hour + 1)) for one in periods)}


@given(HOURS, HOURS)
def test_what_is_left_is_what_is_not_taken(periods, taken):
    assert hours(without(periods, taken)) == hours(periods) - hours(taken)
    assert without(periods, taken) == merged(without(periods, taken))


@given(HOURS, HOURS)
def test_a_time_is_covered_if_nothing_of_it_is_left(periods, wanted):
    for one in wanted:
        assert covers(merged(periods), one) is (without([one], periods) == ())


def test_a_time_that_is_over_is_not_blocked():
    with pytest.raises(InvalidError):
        a_block(1, from_to(-2, 0))

    assert a_block(1, from_to(-2, 1)).state.id == BookingId(UUID(int=1))
