"""
What people are written when something happens to their bookings and enquiries, and what they are not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from carmarket import Money, Settings, open_market
from carmarket.adapters.memory import MemoryClock, MemoryMailer
from carmarket.core.actor import Actor
from carmarket.core.booking.booking import Booking
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import CarId
from carmarket.core.letters import Letter, LetterKind
from carmarket.core.users.ids import DealerId
from carmarket.core.users.roles import Role
from carmarket.core.users.user import User
from carmarket.services.letters import STALE
from carmarket.services.market import Market
from carmarket.testing.bookings import from_to, some_rules
from carmarket.testing.builders import NOW, a_dealer, some_details
from carmarket.testing.users import a_user

DEALER = a_dealer()
ANNA = Actor(user_id=a_user(1).state.id)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "sqlite"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    """Anna with an account, and a dealer with an owner and an agent."""
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    async with open_market(Settings(url=url, search="memory://", mail="memory://"), clock=clock) as market:
        for number, role in ((1, None), (2, Role.DEALER_OWNER), (3, Role.DEALER_AGENT)):
            change = a_user(number).then(lambda it: it.confirm_address(now=NOW))
            if role is not None:
                works_for = DealerId(DEALER.dealer_id or DEALER.user_id)
                change = change.then(partial(User.join, dealer_id=works_for, role=role, now=NOW))
            await market.stock.users.save(change)
        yield market


@pytest.fixture
async def car(market: Market) -> CarId:
    listing = await market.catalog.draft(DEALER, details=some_details(), price=Money(1_000_000, "USD"))
    await market.catalog.publish(DEALER, listing.id)
    await market.booking.set_rules(DEALER, some_rules())
    await market.settle()
    return CarId(listing.id)


async def requested(market: Market, car: CarId, start: float = 72) -> Booking:
    quote = await market.booking.quote(car, BookingKind.RENTAL, from_to(start, start + 24))
    held = await market.booking.hold(ANNA, quote)
    return await market.booking.request(ANNA, held.id)


async def sent(market: Market) -> list[Letter]:
    """The letters that have gone out by now, each once."""
    await market.settle()
    mailer = cast("MemoryMailer", market.stock.mailer)
    ids = [letter.id for letter in mailer.sent]
    assert len(ids) == len(set(ids))
    return mailer.sent


def told(letters: list[Letter]) -> list[tuple[str, LetterKind]]:
    return [(letter.to.partition("@")[0], letter.kind) for letter in letters]


async def test_both_sides_hear_what_the_other_does(market, car, clock):
    booking = await requested(market, car)
    assert told(await sent(market)) == [("person2", LetterKind.BOOKING_REQUESTED)]
    await market.booking.confirm(DEALER, booking.id)
    assert told(await sent(market))[1:] == [("person1", LetterKind.BOOKING_CONFIRMED)]
    clock.advance(timedelta(hours=73))
    await market.booking.complete(DEALER, booking.id)

    letters = await sent(market)

    assert told(letters)[-1] == ("person1", LetterKind.REVIEW_INVITATION)
    asked = letters[0]
    assert asked.facts["car"] == "2019 Volkswagen Golf"
    assert asked.facts["start"] == "2026-05-04T14:00:00+02:00"
    assert asked.facts["link"] == f"http://127.0.0.1:8000/bookings/{booking.id}"


async def test_who_is_declined_or_cancelled_hears_why(market, car):
    first, second = await requested(market, car), await requested(market, car, 120)
    await market.booking.decline(DEALER, first.id, reason="It is in the workshop.")
    await market.booking.cancel(ANNA, second.id, reason="It rains.")

    letters = await sent(market)

    assert told(letters) == [
        ("person1", LetterKind.BOOKING_DECLINED),
        ("person1", LetterKind.BOOKING_CANCELLED),
        ("person2", LetterKind.BOOKING_CANCELLED),
    ]
    assert [letter.facts["reason"] for letter in letters] == ["It is in the workshop.", "It rains.", "It rains."]


async def test_a_hold_that_is_given_up_is_nobodys_news(market, car):
    quote = await market.booking.quote(car, BookingKind.RENTAL, from_to(72, 96))
    held = await market.booking.hold(ANNA, quote)
    await market.booking.cancel(ANNA, held.id)

    assert await sent(market) == []


async def test_customers_are_reminded_once_a_day_ahead(market, car, clock):
    booking = await requested(market, car)
    await market.booking.confirm(DEALER, booking.id)
    clock.advance(timedelta(hours=47))
    assert LetterKind.BOOKING_REMINDER not in dict(told(await sent(market))).values()
    clock.advance(timedelta(hours=1))

    letters = await sent(market)
    clock.advance(timedelta(hours=1))

    assert told(letters)[-1] == ("person1", LetterKind.BOOKING_REMINDER)
    assert told(await sent(market)).count(("person1", LetterKind.BOOKING_REMINDER)) == 1


async def test_who_has_just_heard_that_it_is_confirmed_is_not_reminded(market, car):
    booking = await requested(market, car, 20)
    await market.booking.confirm(DEALER, booking.id)

    assert told(await sent(market))[-1] == ("person1", LetterKind.BOOKING_CONFIRMED)


async def test_what_has_begun_is_not_announced(market, car, clock):
    booking = await requested(market, car)
    await market.booking.confirm(DEALER, booking.id)
    await sent(market)
    clock.advance(timedelta(hours=73))

    assert LetterKind.BOOKING_REMINDER not in [kind for _, kind in told(await sent(market))]
    assert (await market.booking.get(ANNA, booking.id)).reminded_at is not None


async def test_old_news_is_no_news(market, car, clock):
    await requested(market, car, 100)
    clock.advance(STALE)

    assert [kind for _, kind in told(await sent(market))] == []


async def test_enquiries_are_announced_to_the_side_that_reads_them(market, car):
    enquiry = await market.enquiries.ask(ANNA, car, text="Is it still there?")
    assert told(await sent(market)) == [("person2", LetterKind.MESSAGE)]
    await market.enquiries.write(DEALER, enquiry.id, text="Yes.")

    letters = await sent(market)

    assert told(letters)[1:] == [("person1", LetterKind.MESSAGE)]
    assert "Yes." not in repr(letters)
    assert letters[1].facts["link"] == f"http://127.0.0.1:8000/enquiries/{enquiry.id}"


async def test_a_private_seller_is_written_to_as_well(market):
    seller = Actor(user_id=a_user(2).state.id, is_trusted=True)
    listing = await market.catalog.draft(seller, details=some_details(), price=Money(1_000_000, "USD"))
    await market.catalog.publish(seller, listing.id)
    await market.settle()

    await market.enquiries.ask(ANNA, CarId(listing.id), text="Is it still there?")

    assert told(await sent(market)) == [("person2", LetterKind.MESSAGE)]
