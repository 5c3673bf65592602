"""
Reviewing a completed booking, from both sides, and who sees what of it when.

It is long, for hiding, moderation, replies, reports and erasure meet in one story.
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
    MemoryReaderPositions,
    MemoryReviewableBookings,
    MemoryReviewRepository,
    MemoryStore,
)
from carmarket.core.actor import Actor, UserId
from carmarket.core.booking.booking import BookingId
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.catalog.ownership import seller_of
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError, ConflictError, ForbiddenError, NotFoundError, StaleError
from carmarket.core.reviews.lifecycle import ReviewStatus
from carmarket.core.reviews.rating import Rating
from carmarket.core.reviews.review import AlreadyReviewedError, Review, ReviewId
from carmarket.core.reviews.reviewable import WINDOW, NotReviewableError
from carmarket.core.side import Side
from carmarket.core.users.events import UserErased
from carmarket.core.users.roles import Role
from carmarket.ports.bookmark import Bookmark
from carmarket.services.market import Market
from carmarket.services.policies import (
    TellCompletedBookings,
    WhenABookingIsCompletedItCanBeReviewed,
)
from carmarket.services.readers import Reader
from carmarket.services.reviews import ReviewService
from carmarket.services.subscriptions import LogSubscription
from carmarket.services.users.policies import WhenSomebodyIsErasedForgetThem
from carmarket.testing.bookings import CUSTOMER, from_to, some_rules
from carmarket.testing.builders import NOW, a_dealer, some_details
from carmarket.testing.reviews import a_public_review
from tests.logs import log_of

DEALER, RIVAL = a_dealer(), a_dealer(5)
ANNA, BEN = Actor(user_id=CUSTOMER), Actor(user_id=UserId(UUID(int=7)))
MODERATOR = Actor(user_id=UserId(UUID(int=8)), roles=frozenset({Role.MODERATOR}))
SELLER = seller_of(DEALER)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "sqlite"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    async with open_market(Settings(url=url, search="memory://"), clock=clock) as market:
        yield market


async def complete(market: Market, clock: MemoryClock, *, seller: Actor = DEALER, customer: Actor = ANNA) -> BookingId:
    """A booking that was completed just now."""
    listing = await market.catalog.draft(seller, details=some_details(), price=Money(1_000_000, "USD"))
    await market.catalog.publish(seller, listing.id)
    await market.settle()
    soon = clock.now() - NOW
    period = from_to(soon / timedelta(hours=1) + 1, soon / timedelta(hours=1) + 2)
    quote = await market.booking.quote(CarId(listing.id), BookingKind.RENTAL, period)
    booking = await market.booking.hold(customer, quote)
    await market.booking.request(customer, booking.id)
    await market.booking.confirm(seller, booking.id)
    clock.advance(timedelta(hours=2))
    await market.booking.complete(seller, booking.id)
    await market.settle()
    return booking.id


@pytest.fixture
async def booking(market: Market, clock: MemoryClock) -> BookingId:
    await market.booking.set_rules(DEALER, some_rules())
    return await complete(market, clock)


async def test_both_are_hidden_until_both_are_in(market, booking):
    mine = await market.reviews.write(ANNA, booking, stars=2, text="It smelled of fish.")
    await market.reviews.approve(MODERATOR, mine.id)
    await market.settle()
    assert await market.reviews.of_booking(DEALER, booking) == ()
    assert await market.reviews.of_seller(SELLER) == ()
    assert await market.reviews.rating(SELLER) == Rating()
    with pytest.raises(NotFoundError):
        await market.reviews.get(DEALER, mine.id)

    theirs = await market.reviews.write(DEALER, booking, stars=5, text="A pleasure.")
    await market.reviews.approve(MODERATOR, theirs.id)
    await market.settle()

    for actor in (ANNA, DEALER, MODERATOR):
        assert [one.stars for one in await market.reviews.of_booking(actor, booking)] == [2, 5]
    assert [one.text for one in await market.reviews.of_seller(SELLER)] == ["It smelled of fish."]
    assert await market.reviews.rating(SELLER) == Rating((0, 1, 0, 0, 0))


async def test_a_review_without_an_answer_is_shown_when_the_time_to_write_is_over(market, booking, clock):
    mine = await market.reviews.write(ANNA, booking, stars=4, text="Good.")
    await market.reviews.approve(MODERATOR, mine.id)
    clock.advance(WINDOW)
    with pytest.raises(NotReviewableError):
        await market.reviews.write(DEALER, booking, stars=1, text="Now I know what you said.")
    assert await market.reviews.of_seller(SELLER) == ()

    await market.settle()

    assert [one.stars for one in await market.reviews.of_seller(SELLER)] == [4]


async def test_both_who_write_at_once_are_both_revealed(market, booking):
    both = await asyncio.gather(
        market.reviews.write(ANNA, booking, stars=4, text="Good."),
        market.reviews.write(DEALER, booking, stars=4, text="Good."),
    )
    await market.settle()

    assert [(await market.reviews.get(MODERATOR, one.id)).reveals_at for one in both] == [None, None]


async def test_who_may_write_is_told_before_they_try(market, booking, clock):
    assert [await market.reviews.may_write(actor, booking) for actor in (ANNA, DEALER)] == [True, True]
    assert [await market.reviews.may_write(actor, booking) for actor in (BEN, RIVAL, MODERATOR)] == [False] * 3
    assert not await market.reviews.may_write(ANNA, BookingId(UUID(int=404)))
    await market.reviews.write(ANNA, booking, stars=4, text="Good.")
    assert [await market.reviews.may_write(actor, booking) for actor in (ANNA, DEALER)] == [False, True]

    clock.advance(WINDOW)

    assert not await market.reviews.may_write(DEALER, booking)


async def test_only_the_two_sides_of_a_completed_booking_review_it(market, booking):
    for actor in (BEN, RIVAL):
        with pytest.raises(NotFoundError):
            await market.reviews.write(actor, booking, stars=1, text="I was not there.")
    with pytest.raises(NotFoundError):
        await market.reviews.write(ANNA, BookingId(UUID(int=5)), stars=1, text="Which?")
    with pytest.raises(ForbiddenError):
        await market.reviews.write(MODERATOR, booking, stars=1, text="No.")
    assert [one.author for one in (await market.reviews.write(ANNA, booking, stars=1, text="I was."),)] == [
        Side.CUSTOMER
    ]


async def test_a_booking_that_is_not_completed_is_not_reviewed(market, clock):
    await market.booking.set_rules(DEALER, some_rules())
    listing = await market.catalog.draft(DEALER, details=some_details(), price=Money(1_000_000, "USD"))
    await market.catalog.publish(DEALER, listing.id)
    await market.settle()
    quote = await market.booking.quote(CarId(listing.id), BookingKind.RENTAL, from_to(24, 48))
    held = await market.booking.hold(ANNA, quote)
    await market.booking.cancel(ANNA, held.id)
    await market.settle()

    with pytest.raises(NotFoundError):
        await market.reviews.write(ANNA, held.id, stars=1, text="I never came.")


async def test_nobody_reviews_themselves(market, clock):
    ben_sells = Actor(user_id=BEN.user_id, is_trusted=True)
    await market.booking.set_rules(ben_sells, some_rules(seller=SellerId(BEN.user_id)))
    booking = await complete(market, clock, seller=ben_sells, customer=ben_sells)

    with pytest.raises(ForbiddenError):
        await market.reviews.write(BEN, booking, stars=5, text="I am the best.")


async def test_the_same_words_again_have_one_effect(market, booking):
    first, *rest = await asyncio.gather(
        *(market.reviews.write(ANNA, booking, stars=4, text="Good.") for _ in range(10))
    )

    assert {one.id for one in rest} == {first.id}
    assert len(await market.reviews.find(ANNA)) == 1
    with pytest.raises(AlreadyReviewedError):
        await market.reviews.write(ANNA, booking, stars=5, text="Good.")


async def public(market: Market, booking: BookingId, *, stars: int = 3) -> ReviewId:
    """The customer's review before the public."""
    mine = await market.reviews.write(ANNA, booking, stars=stars, text="So so.")
    theirs = await market.reviews.write(DEALER, booking, stars=5, text="Fine.")
    await market.settle()
    for one in (mine, theirs):
        await market.reviews.approve(MODERATOR, one.id)
    return mine.id


async def test_what_a_moderator_rejects_is_seen_by_its_author_alone(market, booking):
    mine = await market.reviews.write(ANNA, booking, stars=1, text="They are crooks.")
    rejected = await market.reviews.reject(MODERATOR, mine.id, reason="No insults.", expected=1)
    theirs = await market.reviews.write(DEALER, booking, stars=5, text="Fine.")
    await market.settle()
    await market.reviews.approve(MODERATOR, theirs.id)

    assert (rejected.status, rejected.rejection) == (ReviewStatus.REJECTED, "No insults.")
    assert [one.author for one in await market.reviews.of_booking(ANNA, booking)] == [Side.CUSTOMER, Side.SELLER]
    assert [one.author for one in await market.reviews.of_booking(DEALER, booking)] == [Side.SELLER]
    assert await market.reviews.of_seller(SELLER) == ()
    with pytest.raises(ConflictError):
        await market.reviews.approve(MODERATOR, mine.id)


async def test_what_waits_comes_before_moderators_the_oldest_first(market, booking, clock):
    mine = await market.reviews.write(ANNA, booking, stars=4, text="Good.")
    clock.advance(timedelta(minutes=1))
    theirs = await market.reviews.write(DEALER, booking, stars=4, text="Good.")

    assert [one.id for one in await market.reviews.queue(MODERATOR)] == [mine.id, theirs.id]
    after = Bookmark(mine.created_at, mine.id)
    assert [one.id for one in await market.reviews.queue(MODERATOR, after=after)] == [theirs.id]
    for actor in (ANNA, DEALER):
        with pytest.raises(ForbiddenError):
            await market.reviews.queue(actor)
        with pytest.raises(ForbiddenError):
            await market.reviews.approve(actor, mine.id)
        with pytest.raises(ForbiddenError):
            await market.reviews.reject(actor, mine.id, reason="It is bad for me.")
    with pytest.raises(StaleError):
        await market.reviews.approve(MODERATOR, mine.id, expected=2)
    with pytest.raises(NotFoundError):
        await market.reviews.approve(MODERATOR, ReviewId(UUID(int=1)))


async def test_the_reviewed_side_replies(market, booking):
    review = await public(market, booking)
    for actor in (ANNA, BEN, RIVAL):
        with pytest.raises(ForbiddenError):
            await market.reviews.reply(actor, review, text="I too have something to say.")

    answered = await market.reviews.reply(DEALER, review, text="We are sorry.")

    assert answered.reply is not None
    assert (await market.reviews.get(BEN, review)).reply == answered.reply
    with pytest.raises(ConflictError):
        await market.reviews.reply(DEALER, review, text="Very sorry.")


async def test_what_is_reported_comes_before_a_moderator_again(market, booking):
    review = await public(market, booking)
    assert await market.reviews.queue(MODERATOR) == ()
    await asyncio.gather(*(market.reviews.report(who, review, reason="Made up.") for who in (BEN, RIVAL, DEALER, BEN)))

    (waiting,) = await market.reviews.queue(MODERATOR)
    assert {one.reporter for one in waiting.reports} == {BEN.user_id, RIVAL.user_id, DEALER.user_id}
    assert len(waiting.reports) == 3
    await market.reviews.reject(MODERATOR, review, reason="Made up indeed.")
    assert await market.reviews.queue(MODERATOR) == ()
    assert await market.reviews.rating(SELLER) == Rating()


class AlwaysChanged(MemoryReviewRepository):
    """Somebody else is always faster."""

    async def save(self, change: Change[Review]) -> None:
        raise ConcurrencyConflictError("Faster.")


async def test_a_report_gives_up_when_others_are_always_faster(clock):
    kept = a_public_review().state
    reviews = AlwaysChanged(MemoryStore(), {kept.id: kept})
    service = ReviewService(reviews=reviews, bookings=MemoryReviewableBookings(), clock=clock)

    with pytest.raises(ConcurrencyConflictError):
        await service.report(BEN, kept.id, reason="Made up.")


async def test_what_a_dealer_says_of_a_customer_is_for_the_two_alone(market, booking):
    await public(market, booking)
    (about_anna,) = await market.reviews.find(ANNA, about_me=True)

    assert about_anna.author is Side.SELLER
    assert await market.reviews.find(DEALER, as_seller=True) == (about_anna,)
    assert len(await market.reviews.find(DEALER, as_seller=True, about_me=True)) == 1
    for actor in (BEN, RIVAL):
        with pytest.raises(NotFoundError):
            await market.reviews.get(actor, about_anna.id)
        with pytest.raises(NotFoundError):
            await market.reviews.report(actor, about_anna.id, reason="I am curious.")
    with pytest.raises(ForbiddenError):
        await market.reviews.find(MODERATOR, as_seller=True)


async def test_who_erases_themselves_leaves_stars_and_nothing_else(market, booking, clock):
    review = await public(market, booking, stars=2)
    await market.reviews.report(ANNA, review, reason="I want it back.")
    other = await complete(market, clock)
    hers = await market.reviews.write(ANNA, other, stars=1, text="Again so so.")

    await market.reviews.forget(ANNA.user_id)
    await market.reviews.forget(ANNA.user_id)
    await market.settle()

    kept = [await market.reviews.get(MODERATOR, one) for one in (review, hers.id)]
    assert [(one.customer, one.text, one.stars) for one in kept] == [(None, "", 2), (None, "", 1)]
    assert str(ANNA.user_id) not in repr(kept)
    assert await market.reviews.rating(SELLER) == Rating((0, 1, 0, 0, 0))
    assert await market.reviews.find(ANNA) == ()
    with pytest.raises(NotReviewableError):
        await market.reviews.write(DEALER, other, stars=1, text="She is gone.")


async def test_a_person_sees_what_is_held_about_them_and_nothing_under_cover(market, booking):
    await market.reviews.write(DEALER, booking, stars=1, text="She kicked the tyres.")
    mine = await market.reviews.write(ANNA, booking, stars=2, text="So so.")
    assert [one.id for one in await market.reviews.held(ANNA.user_id)] == [mine.id]
    assert await market.reviews.held(BEN.user_id) == ()

    await market.reviews.approve(MODERATOR, mine.id)
    await market.settle()
    for actor in (RIVAL, BEN):
        await market.reviews.report(actor, mine.id, reason="Made up.")

    (reported,) = await market.reviews.held(BEN.user_id)
    assert [one.reporter for one in reported.reports] == [BEN.user_id]
    assert [one.reports for one in await market.reviews.held(ANNA.user_id)] == [()]


async def test_a_private_seller_sees_no_review_under_cover_either(market, clock):
    ben_sells = Actor(user_id=BEN.user_id, is_trusted=True)
    await market.booking.set_rules(ben_sells, some_rules(seller=SellerId(BEN.user_id)))
    booking = await complete(market, clock, seller=ben_sells)
    await market.reviews.write(ANNA, booking, stars=1, text="He was late.")

    assert await market.reviews.held(BEN.user_id) == ()


async def test_the_erasure_of_an_account_reaches_reviews(market, booking):
    review = await public(market, booking)
    told = UserErased(key=ANNA.user_id, version=2, at=NOW)

    await WhenSomebodyIsErasedForgetThem(privacy=market.users.privacy)([told])

    assert (await market.reviews.get(MODERATOR, review)).customer is None


async def test_reviews_that_are_new_on_an_old_market_are_told_of_its_bookings(market, booking, clock):
    """As after an upgrade: bookings were completed, and the events that told of them are no longer kept."""
    clock.advance(timedelta(days=3))
    await market.reviews.write(ANNA, booking, stars=4, text="Good.")
    await log_of(market).prune(clock.now())
    reviewable = MemoryReviewableBookings()
    reader = Reader(
        name="new", subscription=LogSubscription(log_of(market), MemoryReaderPositions(), "new"),
        dead_letters=market.stock.dead_letters, clock=clock,
        policy=WhenABookingIsCompletedItCanBeReviewed(bookings=reviewable),
        start_over=TellCompletedBookings(bookings=market.stock.bookings, reviewable=reviewable),
    )  # fmt: skip

    while await reader.step():
        pass

    assert await reviewable.get(booking) == await market.stock.reviewable_bookings.get(booking)
    assert await reviewable.get(booking) is not None
