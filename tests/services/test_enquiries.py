"""
Asking about a car, and what the two write on.

It is long, for who reads, answers and forgets is told with each step of one conversation.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from carmarket import Money, Settings, open_market
from carmarket.adapters.memory import (
    MemoryClock,
    MemoryEnquirableCars,
    MemoryEnquiryRepository,
    MemoryIds,
    MemoryRateLimiter,
    MemoryReaderPositions,
    MemoryStore,
)
from carmarket.core.actor import Actor
from carmarket.core.catalog.car import CarId
from carmarket.core.change import Change
from carmarket.core.enquiries.enquirable import NotEnquirableError
from carmarket.core.enquiries.enquiry import Enquiry, EnquiryId
from carmarket.core.enquiries.lifecycle import EnquiryStatus
from carmarket.core.errors import (
    ConcurrencyConflictError,
    ConflictError,
    ForbiddenError,
    KeyReusedError,
    NotFoundError,
    StaleError,
)
from carmarket.core.side import Side
from carmarket.core.users.events import UserErased
from carmarket.core.users.ids import UserId
from carmarket.core.users.roles import Role
from carmarket.ports.bookmark import Bookmark
from carmarket.services.enquiries import EnquiryService
from carmarket.services.market import Market
from carmarket.services.policies import (
    TellEnquiriesOfAllCars,
    WhenAListingChangesKeepItsCarEnquirable,
)
from carmarket.services.readers import Reader
from carmarket.services.subscriptions import LogSubscription
from carmarket.services.users.policies import WhenSomebodyIsErasedForgetThem
from carmarket.testing.bookings import CUSTOMER
from carmarket.testing.builders import NOW, a_dealer, an_admin, some_details
from carmarket.testing.enquiries import an_enquiry
from tests.logs import log_of

DEALER, RIVAL = a_dealer(), a_dealer(5)
COLLEAGUE = Actor(user_id=UserId(UUID(int=2_000)), dealer_id=DEALER.dealer_id, roles=frozenset({Role.DEALER_AGENT}))
ANNA, BEN = Actor(user_id=CUSTOMER), Actor(user_id=UserId(UUID(int=7)))
MODERATOR = Actor(user_id=UserId(UUID(int=8)), roles=frozenset({Role.MODERATOR}))


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "sqlite"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    async with open_market(Settings(url=url, search="memory://"), clock=clock) as market:
        yield market


async def publish(market: Market, seller: Actor = DEALER) -> CarId:
    listing = await market.catalog.draft(seller, details=some_details(), price=Money(1_000_000, "USD"))
    await market.catalog.publish(seller, listing.id)
    await market.settle()
    return CarId(listing.id)


@pytest.fixture
async def car(market: Market) -> CarId:
    return await publish(market)


async def test_a_person_asks_and_both_write_on(market, car):
    asked = await market.enquiries.ask(ANNA, car, text="Is it still there?")
    (lead,) = await market.enquiries.find(DEALER, of_my_cars=True, statuses=frozenset({EnquiryStatus.OPEN}))
    assert (lead, lead.unread(Side.SELLER)) == (asked, 1)
    await market.enquiries.write(COLLEAGUE, asked.id, text="It is.")
    await market.enquiries.read(ANNA, asked.id)
    thread = await market.enquiries.write(ANNA, asked.id, text="I come at five.")

    assert [(one.author, one.text) for one in thread.messages] == [
        ("customer", "Is it still there?"), ("seller", "It is."), ("customer", "I come at five."),
    ]  # fmt: skip
    assert (thread.status, thread.assignee) == (EnquiryStatus.OPEN, COLLEAGUE.user_id)
    assert await market.enquiries.get(ANNA, asked.id) == await market.enquiries.get(DEALER, asked.id) == thread
    assert await market.enquiries.find(ANNA) == (thread,)
    assert await market.enquiries.find(COLLEAGUE, assigned_to_me=True) == (thread,)
    assert await market.enquiries.find(DEALER, assigned_to_me=True) == ()


async def test_who_asks_again_writes_on_in_the_same_enquiry(market, car):
    first = await market.enquiries.ask(ANNA, car, text="Is it still there?")
    await market.enquiries.close(DEALER, first.id)

    again = await market.enquiries.ask(ANNA, car, text="And now?")

    assert (again.id, again.status, len(again.messages)) == (first.id, EnquiryStatus.OPEN, 2)


async def test_nobody_asks_about_a_car_that_is_not_before_the_public(market, car):
    asked = await market.enquiries.ask(ANNA, car, text="Is it still there?")
    await market.catalog.pause(DEALER, car)
    await market.settle()

    with pytest.raises(NotEnquirableError):
        await market.enquiries.ask(BEN, car, text="And for me?")
    with pytest.raises(NotEnquirableError):
        await market.enquiries.ask(BEN, CarId(UUID(int=5)), text="Which?")
    assert len((await market.enquiries.ask(ANNA, car, text="Where is it?")).messages) == 2
    assert (await market.enquiries.write(DEALER, asked.id, text="In the workshop.")).status == "answered"


async def test_nobody_asks_about_their_own_car(market, car):
    for actor in (DEALER, COLLEAGUE):
        with pytest.raises(ForbiddenError):
            await market.enquiries.ask(actor, car, text="Am I there?")
    with pytest.raises(ForbiddenError):
        await market.enquiries.ask(MODERATOR, car, text="Is this allowed?")
    assert (await market.enquiries.ask(RIVAL, car, text="Would you sell it to us?")).customer == RIVAL.user_id


async def test_what_is_written_is_for_the_two_alone(market, car):
    asked = await market.enquiries.ask(ANNA, car, text="Is it still there?")

    for actor in (BEN, RIVAL, MODERATOR):
        with pytest.raises(NotFoundError):
            await market.enquiries.get(actor, asked.id)
        with pytest.raises(NotFoundError):
            await market.enquiries.write(actor, asked.id, text="I too.")
        with pytest.raises(NotFoundError):
            await market.enquiries.read(actor, asked.id)
        with pytest.raises(NotFoundError):
            await market.enquiries.assign(actor, asked.id, actor.user_id)
        with pytest.raises(NotFoundError):
            await market.enquiries.close(actor, asked.id)
        with pytest.raises(ForbiddenError):
            await market.enquiries.of_seller(actor, None)
    with pytest.raises(ForbiddenError):
        await market.enquiries.find(MODERATOR, of_my_cars=True)
    with pytest.raises(NotFoundError):
        await market.enquiries.get(ANNA, EnquiryId(UUID(int=1)))
    assert await market.enquiries.get(an_admin(), asked.id) == asked
    assert await market.enquiries.of_seller(an_admin(), asked.seller) == (asked,)
    with pytest.raises(ForbiddenError):
        await market.enquiries.write(an_admin(), asked.id, text="I look on.")


async def test_the_seller_says_who_answers(market, car):
    asked = await market.enquiries.ask(ANNA, car, text="Is it still there?")
    with pytest.raises(ForbiddenError):
        await market.enquiries.assign(ANNA, asked.id, ANNA.user_id)
    with pytest.raises(StaleError):
        await market.enquiries.assign(DEALER, asked.id, COLLEAGUE.user_id, expected=9)

    assigned = await market.enquiries.assign(DEALER, asked.id, COLLEAGUE.user_id, expected=1)

    assert await market.enquiries.find(COLLEAGUE, assigned_to_me=True) == (assigned,)
    assert (await market.enquiries.assign(COLLEAGUE, asked.id, None, expected=2)).assignee is None


async def test_either_side_closes_and_on_the_newest_version(market, car):
    asked = await market.enquiries.ask(ANNA, car, text="Is it still there?")
    with pytest.raises(StaleError):
        await market.enquiries.close(ANNA, asked.id, expected=2)

    closed = await market.enquiries.close(ANNA, asked.id, expected=1)

    assert closed.status is EnquiryStatus.CLOSED
    with pytest.raises(ConflictError):
        await market.enquiries.close(DEALER, asked.id)


async def test_a_key_has_one_effect(market, car):
    other = await publish(market)
    first, *rest = await asyncio.gather(
        *(market.enquiries.ask(ANNA, car, text="Is it still there?", key="k") for _ in range(20))
    )
    written = await asyncio.gather(
        *(market.enquiries.write(DEALER, first.id, text="It is.", key="k") for _ in range(5))
    )

    assert {one.id for one in (*rest, *written)} == {first.id}
    assert len((await market.enquiries.get(ANNA, first.id)).messages) == 2
    for said in ((car, "Another text."), (other, "Is it still there?")):
        with pytest.raises(KeyReusedError):
            await market.enquiries.ask(ANNA, said[0], text=said[1], key="k")
    assert len(await market.enquiries.find(ANNA)) == 1


async def test_many_who_write_at_once_are_all_read(market, car):
    asked = await market.enquiries.ask(ANNA, car, text="Is it still there?")
    await asyncio.gather(
        *(market.enquiries.write(who, asked.id, text="Hello.") for who in (ANNA, DEALER, COLLEAGUE, ANNA))
    )

    assert len((await market.enquiries.get(ANNA, asked.id)).messages) == 5


class AlwaysChanged(MemoryEnquiryRepository):
    """Somebody else is always faster."""

    async def save(self, change: Change[Enquiry]) -> None:
        raise ConcurrencyConflictError("Faster.")


async def test_a_message_gives_up_when_others_are_always_faster(clock):
    kept = an_enquiry().state
    enquiries = AlwaysChanged(MemoryStore(), {kept.id: kept})
    service = EnquiryService(
        enquiries=enquiries, cars=MemoryEnquirableCars(), limiter=MemoryRateLimiter(clock), clock=clock, ids=MemoryIds()
    )

    with pytest.raises(ConcurrencyConflictError):
        await service.write(ANNA, kept.id, text="Hello?")


async def test_lists_go_on_behind_the_last_that_was_seen(market, clock):
    made = []
    for _ in range(3):
        clock.advance(timedelta(minutes=1))
        made.append(await market.enquiries.ask(ANNA, await publish(market), text="Is it still there?"))

    first = await market.enquiries.find(ANNA, limit=2)
    rest = await market.enquiries.find(ANNA, after=Bookmark(first[-1].created_at, first[-1].id), limit=2)

    assert [one.id for one in (*first, *rest)] == [one.id for one in reversed(made)]


async def test_the_erasure_of_an_account_reaches_enquiries(market, car):
    asked = await market.enquiries.ask(ANNA, car, text="I am Anna, call me.")
    await market.enquiries.write(COLLEAGUE, asked.id, text="Yes, Anna.")
    assert [one.id for one in await market.enquiries.held(ANNA.user_id)] == [asked.id]

    forget = WhenSomebodyIsErasedForgetThem(privacy=market.users.privacy)
    for person in (ANNA, ANNA, COLLEAGUE):
        await forget([UserErased(key=person.user_id, version=2, at=NOW)])

    (kept,) = await market.enquiries.find(DEALER, of_my_cars=True)
    assert (kept.customer, kept.assignee, kept.status) == (None, None, EnquiryStatus.CLOSED)
    assert [one.text for one in kept.messages] == ["", ""]
    assert await market.enquiries.held(ANNA.user_id) == ()
    with pytest.raises(NotFoundError):
        await market.enquiries.get(ANNA, asked.id)
    with pytest.raises(ConflictError):
        await market.enquiries.write(DEALER, asked.id, text="Anna?")


async def test_enquiries_that_are_new_on_an_old_market_are_told_of_its_cars(market, car, clock):
    """As after an upgrade: cars were listed long ago, and the events that told of them are no longer kept."""
    clock.advance(timedelta(days=30))
    await market.catalog.reprice(DEALER, car, price=Money(1, "USD"))
    await log_of(market).prune(clock.now())
    cars = MemoryEnquirableCars()
    reader = Reader(
        name="new", subscription=LogSubscription(log_of(market), MemoryReaderPositions(), "new"),
        dead_letters=market.stock.dead_letters, clock=clock,
        policy=WhenAListingChangesKeepItsCarEnquirable(cars=cars),
        start_over=TellEnquiriesOfAllCars(listings=market.stock.listings, cars=cars),
    )  # fmt: skip
    listing = await market.catalog.draft(DEALER, details=some_details(), price=Money(1, "USD"))

    while await reader.step():
        pass

    known = [await cars.get(CarId(one)) for one in (car, listing.id)]
    assert [one and one.is_enquirable for one in known] == [True, False]
