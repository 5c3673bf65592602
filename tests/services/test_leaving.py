"""
What is left of people who leave, lose rights or are trusted no longer, and what strangers can have sent to others.

It is long, for whatever can outlive somebody's leave is tried here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from attrs import evolve

from carmarket import Actor, Money, Settings, open_market
from carmarket.adapters.memory import MemoryClock, MemoryMailer
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import CarId
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import Listing
from carmarket.core.errors import ConflictError, LimitedError, NotFoundError, UnavailableError
from carmarket.core.letters import Letter, LetterKind
from carmarket.core.place import Place, Point
from carmarket.core.search.query import SearchQuery
from carmarket.core.users.dealer import DealerPlace, DealerStatus
from carmarket.core.users.ids import DealerId
from carmarket.core.users.roles import Role
from carmarket.services.enquiries import CARS
from carmarket.services.market import Market
from carmarket.services.users.sessions import ACCESS
from carmarket.testing.bookings import from_to, some_rules
from carmarket.testing.builders import NOW, an_admin, some_details
from tests.logs import log_of

WORD = "correct horse battery"
LANE = Place(country="DE", city="Winkel", postcode="12345", point=Point(52.5, 13.4))
LATER = ACCESS + timedelta(minutes=2)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "sqlite"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    settings = Settings(url=url, search="memory://", mail="memory://", webhooks_to_loopback=True)
    async with open_market(settings, clock=clock) as market:
        yield market


def letters(market: Market, kind: LetterKind | None = None) -> list[Letter]:
    mailer = cast("MemoryMailer", market.stock.mailer)
    return [letter for letter in mailer.sent if kind in (None, letter.kind)]


async def arrive(market: Market, email: str = "anna@example.com") -> Actor:
    """Register, take the link, log in."""
    await market.users.accounts.register(email=email, password=WORD, name="Anna Berg")
    token = letters(market, LetterKind.CONFIRM_ADDRESS)[-1].facts["link"].partition("token=")[2]
    await market.users.accounts.confirm(token, password=WORD)
    return await now(market, email)


async def now(market: Market, email: str = "anna@example.com") -> Actor:
    """Who somebody is by now."""
    return (await market.users.sessions.log_in(email=email, password=WORD)).actor


async def a_dealership(market: Market) -> tuple[Actor, DealerId]:
    """Anna owns a verified dealer."""
    dealer = await market.users.dealers.apply(
        await arrive(market), name="Berg Cars", places=(DealerPlace(name="Hall", place=LANE, phone="030 1"),)
    )
    await market.users.dealers.verify(an_admin(), dealer.id)
    return await now(market), dealer.id


async def join(market: Market, owner: Actor, dealer_id: DealerId, email: str, role: Role) -> Actor:
    """Somebody is invited, and comes."""
    await market.users.staff.invite(owner, dealer_id, email=email, role=role)
    invitation = UUID(letters(market, LetterKind.INVITATION)[-1].facts["link"].partition("invitation=")[2])
    await market.users.staff.accept(await arrive(market, email), dealer_id, invitation)
    return await now(market, email)


async def sell(market: Market, actor: Actor) -> Listing:
    """A car before the public, told of in words that only its seller has."""
    details = some_details(description="Call Anna.", place=LANE, stock_number="A-1")
    listing = await market.catalog.draft(actor, details=details, price=Money(1_000_000, "USD"))
    return await market.catalog.publish(actor, listing.id)


async def found(market: Market) -> int:
    await market.settle()
    return (await market.search.find(SearchQuery())).page.total


async def kept(market: Market, listing: Listing) -> Listing:
    it = await market.stock.listings.get(listing.id)
    assert it is not None
    return it


async def erase(market: Market, actor: Actor) -> None:
    await market.users.privacy.erase(actor, password=WORD)
    await market.settle()


def says_nothing(listing: Listing) -> bool:
    details = listing.details
    return (details.description, details.place, details.stock_number, details.vin) == ("", None, None, None)


async def test_of_a_seller_who_leaves_sold_cars_say_nothing_either(market):
    anna = evolve(await arrive(market), is_trusted=True)
    sold, offered = await sell(market, anna), await sell(market, anna)
    await market.catalog.sell(anna, sold.id)
    await market.settle()
    before = await log_of(market).last()

    await erase(market, anna)

    assert ((await kept(market, sold)).status, (await kept(market, offered)).status) == (
        ListingStatus.SOLD, ListingStatus.ARCHIVED,
    )  # fmt: skip
    assert says_nothing(await kept(market, sold))
    assert says_nothing(await kept(market, offered))
    told = repr([one.event for one in await log_of(market).read(before, 100)])
    assert [word for word in ("Anna", "Winkel") if word in told] == []
    assert await found(market) == 0


async def test_what_both_sides_of_a_booking_said_goes_with_either(market):
    owner, _ = await a_dealership(market)
    car = await sell(market, owner)
    await market.booking.set_rules(owner, some_rules(seller=car.seller))
    await market.settle()
    bo = await arrive(market, "bo@example.com")
    held = await market.booking.hold(bo, await market.booking.quote(CarId(car.id), BookingKind.RENTAL, from_to(72, 96)))
    await market.booking.request(bo, held.id)
    await market.booking.cancel(bo, held.id, reason="My father Jo is ill.")

    await erase(market, bo)

    booking = await market.stock.bookings.get(held.id)
    assert booking is not None
    assert (booking.status, booking.reason, booking.customer) == (BookingStatus.CANCELLED, None, bo.user_id)


async def test_what_a_token_of_before_still_wrote_is_forgotten_when_it_has_run_out(market, clock):
    anna = evolve(await arrive(market), is_trusted=True)
    await erase(market, anna)
    late = await sell(market, anna)
    assert await found(market) == 1

    clock.advance(LATER)

    assert await found(market) == 0
    assert says_nothing(await kept(market, late))


async def test_an_invitation_goes_with_who_was_invited(market):
    owner, dealer_id = await a_dealership(market)
    bo = await arrive(market, "bo@example.com")
    await market.users.staff.invite(owner, dealer_id, email="Bo@example.com", role=Role.DEALER_AGENT)
    await market.users.staff.invite(owner, dealer_id, email="cy@example.com", role=Role.DEALER_AGENT)

    await erase(market, bo)

    dealer = await market.users.dealers.get(owner, dealer_id)
    assert [one.email for one in dealer.invitations] == ["cy@example.com"]


async def test_a_dealer_closes_with_the_last_who_works_there(market):
    owner, dealer_id = await a_dealership(market)
    car = await sell(market, owner)
    await market.webhooks.create(owner, url="http://127.0.0.1:9/")
    assert await found(market) == 1

    await erase(market, owner)

    dealer = await market.stock.dealers.get(dealer_id)
    assert dealer is not None
    assert (dealer.status, dealer.name, dealer.places) == (DealerStatus.CLOSED, "", ())
    assert says_nothing(await kept(market, car))
    assert await found(market) == 0
    assert await market.webhooks.find(an_admin(), everybody=True) == ()


async def test_the_last_owner_leaves_nobody_behind_without_an_owner(market):
    owner, dealer_id = await a_dealership(market)
    bo = await join(market, owner, dealer_id, "bo@example.com", Role.DEALER_AGENT)
    for erasing in (
        market.users.privacy.erase(owner, password=WORD), market.users.privacy.erase_user(an_admin(), owner.user_id)
    ):  # fmt: skip
        with pytest.raises(ConflictError) as refused:
            await erasing
        assert refused.value.field == "dealer"

    await erase(market, bo)
    await erase(market, owner)

    with pytest.raises(NotFoundError):
        await market.users.accounts.me(owner)


async def test_a_dealer_with_another_owner_stays(market):
    owner, dealer_id = await a_dealership(market)
    await join(market, owner, dealer_id, "bo@example.com", Role.DEALER_OWNER)

    await erase(market, owner)

    assert (await market.users.dealers.get(None, dealer_id)).name == "Berg Cars"


async def test_cars_of_a_suspended_dealer_leave_the_market_and_come_back_with_it(market, clock):
    owner, dealer_id = await a_dealership(market)
    shown, paused, reserved = [await sell(market, owner) for _ in range(3)]
    await market.catalog.pause(owner, paused.id)
    await market.stock.listings.save((await kept(market, reserved)).reserve(now=NOW))
    await market.booking.set_rules(owner, some_rules(seller=shown.seller))
    await market.settle()
    bo = await arrive(market, "bo@example.com")
    held = await market.booking.hold(
        bo, await market.booking.quote(CarId(shown.id), BookingKind.RENTAL, from_to(72, 96))
    )
    await market.booking.request(bo, held.id)
    await market.booking.confirm(owner, held.id)

    await market.users.dealers.suspend(an_admin(), dealer_id, reason="Fraud.")

    assert await found(market) == 0
    booking = await market.stock.bookings.get(held.id)
    assert booking is not None
    assert booking.status is BookingStatus.CANCELLED
    assert {one.to for one in letters(market, LetterKind.BOOKING_CANCELLED)} == {"bo@example.com", "anna@example.com"}
    untrusted = await now(market)
    assert (await market.catalog.publish(untrusted, paused.id)).status is ListingStatus.PENDING
    assert (await market.catalog.publish(untrusted, shown.id)).status is ListingStatus.PENDING

    await market.users.dealers.verify(an_admin(), dealer_id)

    assert await found(market) == 3
    clock.advance(LATER)
    assert await found(market) == 3


async def test_a_token_of_before_brings_no_car_of_a_suspended_dealer_back_for_long(market, clock):
    owner, dealer_id = await a_dealership(market)
    car = await sell(market, owner)
    await market.users.dealers.suspend(an_admin(), dealer_id, reason="Fraud.")
    await market.settle()
    await market.catalog.publish(owner, car.id)
    assert await found(market) == 1

    clock.advance(LATER)

    assert await found(market) == 0


async def test_a_webhook_stops_with_the_rights_of_who_set_it_up(market, clock):
    owner, dealer_id = await a_dealership(market)
    bo = await join(market, owner, dealer_id, "bo@example.com", Role.DEALER_MANAGER)
    webhook = await market.webhooks.create(bo, url="http://127.0.0.1:9/")
    other = await market.webhooks.create(owner, url="http://127.0.0.1:9/other")
    await market.users.staff.remove(owner, dealer_id, bo.user_id)
    late = await market.webhooks.create(bo, url="http://127.0.0.1:9/late")
    await market.settle()
    assert not (await market.webhooks.get(owner, webhook.id)).is_active

    taken = await market.webhooks.revise(owner, webhook.id, url=webhook.url)
    clock.advance(LATER)
    await market.settle()

    assert taken.user_id == owner.user_id
    states = {one.id: one.is_active for one in await market.webhooks.find(owner)}
    assert states == {webhook.id: True, other.id: True, late.id: False}


async def test_who_is_written_to_too_often_hears_no_more_and_nobody_is_told(market, clock):
    await arrive(market)
    for _ in range(10):
        await market.users.accounts.forget_password("anna@example.com")
        await market.users.accounts.register(email="ANNA@example.com", password=WORD, name="Mallory")
        await market.settle()

    assert len(letters(market)) == 5
    clock.advance(timedelta(hours=1))
    await market.users.accounts.forget_password("anna@example.com")
    await market.settle()
    assert letters(market)[-1].kind is LetterKind.RESET_PASSWORD


async def test_nobody_invites_in_the_name_of_a_dealer_that_is_not_verified(market):
    dealer = await market.users.dealers.apply(await arrive(market), name="Berg Cars")

    with pytest.raises(ConflictError):
        await market.users.staff.invite(await now(market), dealer.id, email="x@example.com", role=Role.DEALER_AGENT)

    assert letters(market, LetterKind.INVITATION) == []


async def test_a_mailbox_is_invited_three_times_a_day_and_a_dealer_invites_fifty(market):
    owner, dealer_id = await a_dealership(market)

    async def invite(number: int) -> None:
        await market.users.staff.invite(owner, dealer_id, email=f"x{number}@example.com", role=Role.DEALER_AGENT)

    for _ in range(3):
        await invite(0)
    with pytest.raises(LimitedError):
        await invite(0)
    for number in range(1, 48):
        await invite(number)
    with pytest.raises(LimitedError) as limited:
        await invite(48)

    assert limited.value.retry_after > 0
    assert len(letters(market, LetterKind.INVITATION)) == 50


async def test_who_writes_on_before_it_was_read_fills_no_mailbox(market):
    owner, _ = await a_dealership(market)
    car = CarId((await sell(market, owner)).id)
    await market.settle()
    bo = await arrive(market, "bo@example.com")
    asked = await market.enquiries.ask(bo, car, text="Is it there?")
    for _ in range(4):
        await market.enquiries.write(bo, asked.id, text="Hello?")
    await market.settle()
    assert len(letters(market, LetterKind.MESSAGE)) == 1

    await market.enquiries.read(owner, asked.id)
    await market.enquiries.write(bo, asked.id, text="And now?")
    await market.enquiries.write(owner, asked.id, text="Yes.")
    await market.enquiries.write(owner, asked.id, text="Come.")
    await market.settle()

    assert [one.to for one in letters(market, LetterKind.MESSAGE)] == [
        "anna@example.com", "anna@example.com", "bo@example.com",
    ]  # fmt: skip


async def test_a_person_asks_about_so_many_cars_a_day(market):
    owner, _ = await a_dealership(market)
    car = await sell(market, owner)
    await market.settle()
    bo = await arrive(market, "bo@example.com")
    for _ in range(100):
        await market.stock.limiter.hit(f"enquiries {bo.user_id}", CARS)

    with pytest.raises(LimitedError):
        await market.enquiries.ask(bo, CarId(car.id), text="Is it there?")


async def test_while_mail_is_away_nobody_learns_who_has_an_account(tmp_path, clock):
    """A mail server that nobody runs."""
    url = f"sqlite:///{tmp_path}/market.db"
    async with open_market(Settings(url=url, search="memory://", mail="smtp://127.0.0.1:9"), clock=clock) as market:
        await market.users.people.add(
            an_admin(), email="anna@example.com", name="Anna", password=WORD, roles=frozenset({Role.CUSTOMER})
        )
        await market.users.accounts.forget_password("anna@example.com")
        await market.users.accounts.forget_password("nobody@example.com")
        job = next(one for one in market.jobs if one.name == "reset-links")
        with pytest.raises(UnavailableError):
            await job.step()

        clock.advance(timedelta(hours=1))

        assert await job.step() > 0
        assert await market.stock.reset_requests.waiting(10) == ()
