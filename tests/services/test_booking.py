"""
Booking a car, from the quote to its end, and what follows from it elsewhere.

It is long, for a booking is one story with many ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from carmarket import Money, SearchQuery, Settings, open_market
from carmarket.adapters.memory import MemoryBookingRules, MemoryClock, MemoryReaderPositions
from carmarket.core.actor import Actor, UserId
from carmarket.core.booking.booking import Booking, NotBookableError, PeriodTakenError
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.booking.quote import BookingKind, CancellationPolicy, RentalTerms
from carmarket.core.catalog.car import CarId
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.errors import ConflictError, ForbiddenError, InvalidError, KeyReusedError, NotFoundError, StaleError
from carmarket.core.period import Period
from carmarket.core.users.roles import Role
from carmarket.services.market import Market
from carmarket.services.policies import TellAllCars, WhenAListingChangesKeepItsCarBookable
from carmarket.services.readers import Reader
from carmarket.services.subscriptions import LogSubscription
from carmarket.testing.bookings import CUSTOMER, from_to, some_rules
from carmarket.testing.builders import NOW, a_dealer, some_details
from tests.logs import log_of

DEALER = a_dealer()
ANNA, BEN = Actor(user_id=CUSTOMER), Actor(user_id=UserId(UUID(int=7)))
MODERATOR = Actor(user_id=UserId(UUID(int=8)), roles=frozenset({Role.MODERATOR}))
TEST_DRIVE, RENTAL, RESERVATION = BookingKind.TEST_DRIVE, BookingKind.RENTAL, BookingKind.RESERVATION
MONDAY = date(2026, 5, 4)
LATEST = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "sqlite"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    async with open_market(Settings(url=url, search="memory://"), clock=clock) as market:
        yield market


@pytest.fixture
async def car(market: Market) -> CarId:
    """A car before the public whose dealer takes bookings."""
    listing = await market.catalog.draft(DEALER, details=some_details(), price=Money(1_000_000, "USD"))
    await market.catalog.publish(DEALER, listing.id)
    await market.booking.set_rules(DEALER, some_rules(buffer=timedelta(minutes=15)))
    await market.settle()
    return CarId(listing.id)


async def hold(
    market: Market, car: CarId, period: Period | None = None, *, actor: Actor = ANNA, kind: BookingKind = RENTAL
) -> Booking:
    quote = await market.booking.quote(car, kind, period or from_to(48, 72))
    return await market.booking.hold(actor, quote)


async def test_a_rental_from_the_quote_to_its_end(market, car, clock):
    quote = await market.booking.quote(car, RENTAL, from_to(48, 95))
    assert [line.name for line in quote.lines] == ["2 days", "fee", "tax"]
    held = await market.booking.hold(ANNA, quote)
    requested = await market.booking.request(ANNA, held.id, expected=1)
    confirmed = await market.booking.confirm(DEALER, held.id, expected=2)
    clock.advance(timedelta(hours=96))
    completed = await market.booking.complete(DEALER, held.id)

    assert [one.status for one in (held, requested, confirmed, completed)] == [
        "held",
        "requested",
        "confirmed",
        "completed",
    ]
    assert completed.quote == quote
    assert completed.version == 4


async def test_a_reservation_begins_soon(market, car):
    await market.booking.quote(car, RESERVATION, from_to(24 * 7, 24 * 8))

    with pytest.raises(InvalidError) as refused:
        await market.booking.quote(car, RESERVATION, from_to(24 * 7 + 1, 24 * 8))
    assert refused.value.field == "period"


async def test_nobody_has_more_than_twenty_bookings_open(market, car):
    for day in range(2, 22):
        await hold(market, car, from_to(24 * day, 24 * day + 1))

    with pytest.raises(ConflictError):
        await hold(market, car, from_to(24 * 30, 24 * 30 + 1))
    await hold(market, car, from_to(24 * 30, 24 * 30 + 1), actor=BEN)


async def test_a_time_is_given_once(market, car):
    await hold(market, car)

    with pytest.raises(PeriodTakenError):
        await hold(market, car, from_to(60, 61), actor=BEN)
    with pytest.raises(PeriodTakenError):
        await hold(market, car, from_to(72, 73), actor=BEN)
    await hold(market, car, from_to(72.5, 73), actor=BEN)


async def test_a_hold_that_lapsed_makes_way_for_the_next(market, car, clock):
    first = await hold(market, car)
    clock.advance(timedelta(minutes=10))

    second = await hold(market, car, actor=BEN)

    assert (await market.booking.get(ANNA, first.id)).status is BookingStatus.EXPIRED
    assert second.status is BookingStatus.HELD
    with pytest.raises(ConflictError):
        await market.booking.request(ANNA, first.id)


async def test_what_nobody_decides_on_is_ended_by_a_job(market, car, clock):
    first = await hold(market, car)
    second = await hold(market, car, from_to(200, 201))
    await market.booking.request(ANNA, second.id)
    clock.advance(timedelta(hours=48))

    await market.settle()

    assert {(await market.booking.get(ANNA, one.id)).status for one in (first, second)} == {BookingStatus.EXPIRED}


async def test_the_dealers_rule_may_confirm_at_once(market, car):
    await market.booking.set_rules(DEALER, some_rules(version=2, instant=frozenset({RENTAL})))

    booking = await market.booking.request(ANNA, (await hold(market, car)).id)

    assert booking.status is BookingStatus.CONFIRMED


async def test_what_comes_back_follows_from_the_quote(market, car, clock):
    await market.booking.set_rules(DEALER, some_rules(version=2, policy=CancellationPolicy.MODERATE, instant={RENTAL}))
    bookings = [await hold(market, car, from_to(24 * n, 24 * n + 10)) for n in (3, 4, 5)]
    held, mine, theirs = bookings
    for one in (mine, theirs):
        await market.booking.request(ANNA, one.id)

    refunds = [
        (await market.booking.cancel(ANNA, held.id)).refund,
        (await market.booking.cancel(ANNA, mine.id, reason="Changed my mind.")).refund,
        (await market.booking.cancel(DEALER, theirs.id)).refund,
    ]

    total = held.quote.total
    assert refunds == [total, Money((total.amount + 1) // 2, "EUR"), total]


async def test_a_request_is_declined_with_a_reason(market, car):
    booking = await market.booking.request(ANNA, (await hold(market, car)).id)

    with pytest.raises(InvalidError):
        await market.booking.decline(DEALER, booking.id, reason=" ")
    declined = await market.booking.decline(DEALER, booking.id, reason="It is in the workshop.")

    assert (declined.status, declined.reason) == (BookingStatus.DECLINED, "It is in the workshop.")
    await hold(market, car, actor=BEN)


async def test_a_test_drive_takes_a_free_slot(market, car):
    slots = await market.booking.slots(car, MONDAY)
    await hold(market, car, slots[2], kind=TEST_DRIVE)

    left = await market.booking.slots(car, MONDAY)

    assert len(slots) == 12
    assert [one for one in slots if one not in left] == [slots[2]]
    with pytest.raises(InvalidError):
        await market.booking.quote(car, TEST_DRIVE, Period(slots[0].start + timedelta(minutes=1), slots[0].end))
    with pytest.raises(PeriodTakenError):
        await hold(market, car, slots[2], actor=BEN, kind=TEST_DRIVE)


async def test_a_calendar_shows_all_that_is_taken_however_much_it_is(market, car, monkeypatch):
    """More bookings than a store gives at once, each with its pause."""
    monkeypatch.setattr("carmarket.services.booking.MOST_OPEN", 10_000)
    await market.booking.set_rules(DEALER, some_rules(version=2, buffer=timedelta(minutes=15)))
    count = 1_002
    for number in range(count):
        quote = await market.booking.quote(car, RENTAL, from_to(1 + number, 1.5 + number))
        await market.booking.hold(ANNA, quote)

    calendar = await market.booking.calendar(car, date(2026, 5, 1), date(2026, 6, 30))
    agenda = await market.booking.agenda(DEALER.dealer_id)

    assert len(calendar.busy) == len(agenda) == count
    assert calendar.busy[-1] == from_to(count, count + 0.75)
    assert not any(slot.overlaps(busy) for slot in calendar.slots for busy in calendar.busy[::50])


async def test_a_calendar_begins_today_by_the_dealers_clock(market, car, clock):
    """At eleven in the evening in UTC it is the next day in Berlin."""
    await hold(market, car, from_to(10.5, 10.75))
    clock.advance(timedelta(hours=11))

    calendar = await market.booking.calendar(car)

    assert calendar.busy == ()
    assert {slot.start.date() for slot in calendar.slots} == {
        date(2026, 5, day) for day in range(2, 16) if date(2026, 5, day).weekday() < 5
    }


async def test_search_finds_what_is_free(market, car):
    booking = await hold(market, car)
    await market.settle()

    async def total(period: Period) -> int:
        return len((await market.search.find(SearchQuery(free=period))).page.hits)

    assert [await total(from_to(*hours)) for hours in ((50, 51), (10, 20), (72.25, 80), (72, 80))] == [0, 1, 1, 0]
    await market.keeper.rebuild()
    assert await total(from_to(50, 51)) == 0
    await market.booking.cancel(ANNA, booking.id)
    await market.settle()
    assert await total(from_to(50, 51)) == 1


@pytest.mark.parametrize("action", ["sell", "archive"])
async def test_a_car_that_is_gone_takes_its_bookings_with_it(market, car, action):
    booking = await market.booking.request(ANNA, (await hold(market, car)).id)
    await getattr(market.catalog, action)(DEALER, car)
    await market.settle()

    gone = await market.booking.get(ANNA, booking.id)

    assert gone.status is BookingStatus.CANCELLED
    assert "The car is" in (gone.reason or "")
    assert gone.refund == gone.quote.total
    with pytest.raises(NotBookableError):
        await market.booking.quote(car, RENTAL, from_to(100, 101))


async def test_a_reservation_takes_the_car_from_the_public_until_it_ends(market, car, clock):
    booking = await hold(market, car, from_to(1, 49), kind=RESERVATION)
    await market.booking.request(ANNA, booking.id)
    await market.booking.confirm(DEALER, booking.id)
    await market.settle()
    assert (await market.catalog.get(DEALER, car)).status is ListingStatus.RESERVED

    clock.advance(timedelta(hours=2))
    await market.booking.miss(DEALER, booking.id)
    await market.settle()

    assert (await market.catalog.get(DEALER, car)).status is ListingStatus.PUBLISHED


async def test_the_reservation_that_led_to_the_sale_completes(market, car, clock):
    booking = await hold(market, car, from_to(1, 49), kind=RESERVATION)
    await market.booking.request(ANNA, booking.id)
    await market.booking.confirm(DEALER, booking.id)
    await market.settle()
    clock.advance(timedelta(hours=2))
    await market.catalog.sell(DEALER, car)
    await market.settle()

    assert (await market.booking.get(ANNA, booking.id)).status is BookingStatus.COMPLETED


async def test_a_key_has_one_effect(market, car):
    quote = await market.booking.quote(car, RENTAL, from_to(48, 72))
    first, *rest = await asyncio.gather(
        *(market.booking.hold(ANNA, quote, key="k", fingerprint="f") for _ in range(20))
    )

    assert {one.id for one in rest} == {first.id}
    with pytest.raises(KeyReusedError):
        await market.booking.hold(ANNA, quote, key="k", fingerprint="other")
    assert len(await market.booking.find(ANNA)) == 1


async def test_a_quote_that_ran_out_holds_nothing(market, car, clock):
    quote = await market.booking.quote(car, RENTAL, from_to(48, 72))
    clock.advance(timedelta(minutes=30))

    with pytest.raises(InvalidError) as refused:
        await market.booking.hold(ANNA, quote)
    assert refused.value.field == "quote"
    with pytest.raises(InvalidError):
        await hold(market, car, from_to(-2, -1))
    with pytest.raises(InvalidError):
        await market.booking.quote(car, RESERVATION, from_to(1, 24 * 8))


async def test_who_may_see_and_do_what(market, car):
    booking = await hold(market, car)
    for strange in (BEN, a_dealer(5)):
        with pytest.raises(NotFoundError):
            await market.booking.get(strange, booking.id)
        with pytest.raises(NotFoundError):
            await market.booking.cancel(strange, booking.id)
        with pytest.raises(NotFoundError):
            await market.booking.confirm(strange, booking.id)
    with pytest.raises(NotFoundError):
        await market.booking.confirm(ANNA, booking.id)
    with pytest.raises(NotFoundError):
        await market.booking.request(BEN, booking.id)
    with pytest.raises(ForbiddenError):
        await market.booking.hold(DEALER, booking.quote)
    with pytest.raises(ForbiddenError):
        await market.booking.set_rules(MODERATOR, some_rules(version=3))
    with pytest.raises(ForbiddenError):
        await market.booking.set_rules(a_dealer(5), some_rules(version=3))
    with pytest.raises(StaleError):
        await market.booking.set_rules(DEALER, some_rules(version=1))
    with pytest.raises(StaleError):
        await market.booking.request(ANNA, booking.id, expected=9)

    assert [one.id for one in await market.booking.find(DEALER, of_my_cars=True)] == [booking.id]
    assert await market.booking.find(BEN) == ()


async def test_a_dealer_without_rules_takes_no_bookings(market):
    listing = await market.catalog.draft(DEALER, details=some_details(), price=Money(1, "USD"))
    await market.catalog.publish(DEALER, listing.id)
    await market.settle()

    with pytest.raises(NotBookableError):
        await market.booking.quote(CarId(listing.id), RENTAL, from_to(1, 2))
    await market.booking.set_rules(DEALER, some_rules(rental=None))
    with pytest.raises(NotBookableError):
        await market.booking.quote(CarId(listing.id), RENTAL, from_to(1, 2))


async def test_booking_that_is_new_on_an_old_market_is_told_of_its_cars(market, car, clock):
    """As after an upgrade: cars were listed long ago, and the events that told of them are no longer kept."""
    clock.advance(timedelta(days=30))
    await market.catalog.reprice(DEALER, car, price=Money(1, "USD"))
    await log_of(market).prune(clock.now())
    rules, positions = MemoryBookingRules(), MemoryReaderPositions()
    reader = Reader(
        name="new", subscription=LogSubscription(log_of(market), positions, "new"),
        dead_letters=market.stock.dead_letters, clock=clock,
        policy=WhenAListingChangesKeepItsCarBookable(bookings=market.stock.bookings, rules=rules, clock=clock),
        start_over=TellAllCars(listings=market.stock.listings, rules=rules),
    )  # fmt: skip
    listing = await market.catalog.draft(DEALER, details=some_details(), price=Money(1, "USD"))

    while await reader.step():
        pass

    known = [await rules.car(CarId(one)) for one in (car, listing.id)]
    assert [one and one.is_bookable for one in known] == [True, False]
    assert await log_of(market).pruned() > 0


async def test_a_reservation_without_a_sale_lapses_at_its_end(market, car, clock):
    booking = await hold(market, car, from_to(1, 49), kind=RESERVATION)
    await market.booking.request(ANNA, booking.id)
    await market.booking.confirm(DEALER, booking.id)
    await market.settle()
    clock.advance(timedelta(hours=49))
    await market.settle()

    assert (await market.booking.get(ANNA, booking.id)).status is BookingStatus.NO_SHOW
    assert (await market.catalog.get(DEALER, car)).status is ListingStatus.PUBLISHED


async def test_the_end_of_another_reservation_releases_nothing(market, car):
    first, second = [await hold(market, car, from_to(*hours), kind=RESERVATION) for hours in ((1, 25), (30, 54))]
    await market.booking.request(ANNA, first.id)
    await market.booking.confirm(DEALER, first.id)
    await market.settle()
    await market.booking.cancel(ANNA, second.id)
    await market.settle()

    assert (await market.catalog.get(DEALER, car)).status is ListingStatus.RESERVED


async def test_what_has_taken_place_is_completed_when_the_car_is_sold(market, car, clock):
    booking = await hold(market, car, from_to(24, 48))
    await market.booking.request(ANNA, booking.id)
    await market.booking.confirm(DEALER, booking.id)
    clock.advance(timedelta(hours=50))
    with pytest.raises(ConflictError):
        await market.booking.cancel(ANNA, booking.id)
    await market.catalog.sell(DEALER, car)
    await market.settle()

    assert (await market.booking.get(ANNA, booking.id)).status is BookingStatus.COMPLETED


async def test_a_quote_of_more_money_than_there_is_is_refused_at_once(market, car):
    terms = RentalTerms(currency="EUR", daily_rate=10**15)
    await market.booking.set_rules(DEALER, some_rules(version=2, rental=terms))

    with pytest.raises(InvalidError):
        await market.booking.quote(car, RENTAL, from_to(24, 72))
    with pytest.raises(InvalidError):
        await market.booking.quote(car, RENTAL, Period(from_to(1, 2).start, LATEST))
