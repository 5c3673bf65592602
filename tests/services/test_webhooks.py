"""
Webhooks from their making to the last try, over a receiver on this machine.

It is long, for each step of a letter and each of its ends has a test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from attrs import evolve

from carmarket import Money, Settings, open_market
from carmarket.adapters.memory import MemoryClock, MemoryReaderPositions, NoCourier
from carmarket.core.actor import Actor, UserId
from carmarket.core.catalog.listing import Listing
from carmarket.core.errors import ConflictError, ForbiddenError, InvalidError, KeyReusedError, NotFoundError, StaleError
from carmarket.core.users.roles import Role
from carmarket.core.webhooks.delivery import DeliveryId, DeliveryStatus, Reply
from carmarket.core.webhooks.webhook import MOST_WEBHOOKS, Webhook
from carmarket.ports.webhooks import Courier, Letter
from carmarket.services.market import Market
from carmarket.services.policies import WhenSomethingHappensTellIntegrators
from carmarket.services.readers import Reader
from carmarket.services.subscriptions import LogSubscription
from carmarket.testing.bookings import CUSTOMER, from_to, some_rules
from carmarket.testing.builders import NOW, a_dealer, an_admin, some_details
from tests.logs import log_of
from tests.receiver import BUSY, OK, receiving

DEALER, OTHER, ADMIN = a_dealer(), a_dealer(1), an_admin()
AGENT = evolve(DEALER, roles=frozenset({Role.DEALER_AGENT}))
ANNA = Actor(user_id=CUSTOMER)
PUBLISHED = "catalog.listing-published"
STEPS = ["catalog.listing-drafted", "catalog.listing-published", "catalog.listing-submitted"]


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "sqlite"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    settings = Settings(url=url, search="memory://", webhooks_to_loopback=True)
    async with open_market(settings, clock=clock) as market:
        yield market


async def sell(market: Market, actor: Actor = DEALER) -> Listing:
    """A car before the public: three events."""
    listing = await market.catalog.draft(actor, details=some_details(), price=Money(1_000_000, "USD"))
    return await market.catalog.publish(actor, listing.id)


async def a_webhook(
    market: Market, port: int, actor: Actor = DEALER, event_types: frozenset[str] = frozenset()
) -> Webhook:
    return await market.webhooks.create(actor, url=f"http://127.0.0.1:{port}/", event_types=event_types)


async def states(market: Market, webhook: Webhook) -> list[tuple[str, int, int | None]]:
    sent = await market.webhooks.sent(ADMIN, webhook.id, limit=100)
    return [(one.status.value, one.attempts, one.reply.status if one.reply else None) for one in sent]


async def test_what_happens_is_told_and_signed(market):
    async with receiving(OK) as receiver:
        webhook = await a_webhook(market, receiver.port)
        listing = await sell(market)
        await market.settle()
        told = receiver.read(market.webhooks.secret_of(webhook))

    assert sorted(one["type"] for one in told) == STEPS
    assert {one["subject"] for one in told} == {str(listing.id)}
    assert sorted(one["sequence"] for one in told) == ["1", "2", "3"]
    assert await states(market, webhook) == [("delivered", 1, 200)] * 3


async def test_one_that_fails_is_tried_again_until_it_is_taken(market, clock):
    async with receiving(BUSY, BUSY, OK) as receiver:
        webhook = await a_webhook(market, receiver.port, event_types=frozenset({PUBLISHED}))
        await sell(market)
        seen = []
        for wait in (0, 9, 1, 59, 1, 3_600):
            clock.advance(timedelta(seconds=wait))
            await market.settle()
            seen.append((len(receiver.requests), *await states(market, webhook)))

    assert seen == [
        (1, ("pending", 1, 503)),
        (1, ("pending", 1, 503)),
        (2, ("pending", 2, 503)),
        (2, ("pending", 2, 503)),
        (3, ("delivered", 3, 200)),
        (3, ("delivered", 3, 200)),
    ]
    deliveries = {headers["carmarket-delivery"] for _, headers, _ in receiver.requests}
    assert (len(deliveries), len({body for *_, body in receiver.requests})) == (1, 1)
    assert len(receiver.read(market.webhooks.secret_of(webhook))) == 3


async def test_one_that_is_given_up_is_sent_again_by_hand(market, clock):
    async with receiving(*[BUSY] * 8, OK) as receiver:
        webhook = await a_webhook(market, receiver.port, event_types=frozenset({PUBLISHED}))
        await sell(market)
        for _ in range(20):
            await market.settle()
            clock.advance(timedelta(hours=7))
        assert await states(market, webhook) == [("failed", 8, 503)]

        [failed] = await market.webhooks.sent(DEALER, webhook.id)
        again = await market.webhooks.resend(DEALER, webhook.id, failed.id)
        assert (again.status, again.attempts) == (DeliveryStatus.PENDING, 0)
        await market.settle()

    assert await states(market, webhook) == [("delivered", 1, 200)]
    assert len(receiver.requests) == 9


async def test_dealers_are_told_of_their_own_and_administrators_of_all(market):
    async with receiving(OK) as receiver:
        own, others, everything = [await a_webhook(market, receiver.port, who) for who in (DEALER, OTHER, ADMIN)]
        mine = await sell(market)
        theirs = await sell(market, OTHER)
        await market.settle()
        heard = [
            {one["subject"] for one in receiver.read(market.webhooks.secret_of(webhook))}
            for webhook in (own, others, everything)
        ]

    assert heard == [{str(mine.id)}, {str(theirs.id)}, {str(mine.id), str(theirs.id)}]


async def test_a_dealer_is_told_of_bookings_of_its_cars(market):
    async with receiving(OK) as receiver:
        webhook = await a_webhook(market, receiver.port)
        listing = await sell(market)
        await market.booking.set_rules(DEALER, some_rules())
        await market.settle()
        quote = await market.booking.quote(listing.id, "rental", from_to(48, 72))
        held = await market.booking.hold(ANNA, quote)
        await market.settle()
        told = receiver.read(market.webhooks.secret_of(webhook))

    assert (told[-1]["type"], told[-1]["subject"]) == ("booking.booking-held", str(held.id))


async def test_what_happened_before_is_not_told(market, clock):
    await sell(market)
    clock.advance(timedelta(seconds=1))
    async with receiving(OK) as receiver:
        await a_webhook(market, receiver.port)
        await market.settle()

    assert receiver.requests == []


async def test_events_that_are_read_twice_are_told_once(market):
    async with receiving(OK) as receiver:
        await a_webhook(market, receiver.port)
        await sell(market)
        await market.settle()
        policy = WhenSomethingHappensTellIntegrators(webhooks=market.webhooks)
        again = Reader(
            name="webhooks", subscription=LogSubscription(log_of(market), MemoryReaderPositions(), "webhooks"),
            dead_letters=market.stock.dead_letters, clock=market.stock.clock, policy=policy,
        )  # fmt: skip
        while await again.step():
            pass
        await market.settle()

    assert len(receiver.requests) == 3


async def test_while_it_is_not_active_it_is_told_nothing_and_what_waits_waits(market, clock):
    async with receiving(BUSY, OK) as receiver:
        webhook = await a_webhook(market, receiver.port, event_types=frozenset({PUBLISHED}))
        await sell(market)
        await market.settle()
        paused = await market.webhooks.revise(DEALER, webhook.id, url=webhook.url, is_active=False, expected=1)
        await sell(market, evolve(DEALER))
        clock.advance(timedelta(hours=1))
        await market.settle()
        assert (len(receiver.requests), await states(market, webhook)) == (1, [("pending", 1, 503)])

        await market.webhooks.revise(DEALER, webhook.id, url=webhook.url, expected=paused.version)
        await market.settle()

    assert await states(market, webhook) == [("delivered", 2, 200)]


async def test_the_same_request_has_one_effect(market):
    async def create(key: str = "a", fingerprint: str = "b") -> Webhook:
        made: Webhook = await market.webhooks.create(
            DEALER, url="http://127.0.0.1:9/", key=key, fingerprint=fingerprint
        )
        return made

    first, *repeats = await asyncio.gather(*(create() for _ in range(5)))

    assert repeats == [first] * 4
    assert await market.webhooks.find(DEALER) == (first,)
    with pytest.raises(KeyReusedError):
        await create(fingerprint="c")


async def test_an_address_that_is_not_public_is_neither_set_up_nor_changed_to(market):
    with pytest.raises(InvalidError):
        await market.webhooks.create(DEALER, url="https://10.0.0.1/")
    webhook = await market.webhooks.create(DEALER, url="http://127.0.0.1:9/")
    with pytest.raises(InvalidError):
        await market.webhooks.revise(DEALER, webhook.id, url="https://10.0.0.1/")

    assert await market.webhooks.get(DEALER, webhook.id) == webhook
    with pytest.raises(StaleError):
        await market.webhooks.revise(DEALER, webhook.id, url=webhook.url, expected=7)


@pytest.mark.parametrize(
    "who", [AGENT, ANNA, evolve(ANNA, roles=frozenset({Role.MODERATOR}))], ids=["agent", "customer", "moderator"]
)
async def test_not_everybody_sets_webhooks_up(market, who):
    webhook = await market.webhooks.create(DEALER, url="http://127.0.0.1:9/")

    for attempt in (
        market.webhooks.create(who, url="http://127.0.0.1:9/"),
        market.webhooks.get(who, webhook.id),
        market.webhooks.find(who),
        market.webhooks.remove(who, webhook.id),
    ):
        with pytest.raises(ForbiddenError):
            await attempt


async def test_a_webhook_of_somebody_else_is_hidden(market):
    webhook = await market.webhooks.create(DEALER, url="http://127.0.0.1:9/")
    foreign = await market.webhooks.create(OTHER, url="http://127.0.0.1:9/")
    await sell(market)
    await market.settle()
    [delivery, *_] = await market.webhooks.sent(DEALER, webhook.id)

    for attempt in (
        market.webhooks.get(OTHER, webhook.id),
        market.webhooks.revise(OTHER, webhook.id, url=webhook.url),
        market.webhooks.remove(OTHER, webhook.id),
        market.webhooks.sent(OTHER, webhook.id),
        market.webhooks.resend(OTHER, webhook.id, delivery.id),
        market.webhooks.resend(OTHER, foreign.id, delivery.id),
        market.webhooks.resend(DEALER, webhook.id, DeliveryId(UUID(int=9))),
    ):
        with pytest.raises(NotFoundError):
            await attempt
    with pytest.raises(ForbiddenError):
        await market.webhooks.find(OTHER, everybody=True)
    assert await market.webhooks.find(OTHER) == (foreign,)
    assert len(await market.webhooks.find(ADMIN, everybody=True)) == 2
    assert await market.webhooks.find(ADMIN) == ()


async def test_what_is_removed_is_told_nothing_any_more(market):
    webhook = await market.webhooks.create(DEALER, url="http://127.0.0.1:9/")
    await sell(market)
    await market.settle()
    await market.webhooks.remove(DEALER, webhook.id)
    await sell(market)
    await market.settle()

    with pytest.raises(NotFoundError):
        await market.webhooks.get(DEALER, webhook.id)


async def test_there_are_only_so_many(market):
    for _ in range(MOST_WEBHOOKS):
        await market.webhooks.create(DEALER, url="http://127.0.0.1:9/")

    with pytest.raises(ConflictError):
        await market.webhooks.create(DEALER, url="http://127.0.0.1:9/")
    await market.webhooks.create(OTHER, url="http://127.0.0.1:9/")


async def test_what_came_to_its_end_is_forgotten_after_a_month(market, clock):
    async with receiving(OK) as receiver:
        webhook = await a_webhook(market, receiver.port)
        await sell(market)
        await market.settle()
    prune = next(job for job in market.jobs if job.name == "old-deliveries")
    clock.advance(timedelta(days=29))
    assert await prune.step() == 0
    clock.advance(timedelta(days=2))

    assert await prune.step() == 3
    assert await market.webhooks.sent(DEALER, webhook.id) == ()


class Interrupted(Courier):
    """While the letter is away somebody sends it again."""

    market: Market

    async def demand_reachable(self, url: str) -> None:
        return None

    async def post(self, letters: Sequence[Letter]) -> Sequence[Reply]:
        for letter in letters:
            [webhook] = await self.market.webhooks.find(DEALER)
            await self.market.webhooks.resend(DEALER, webhook.id, letter.delivery_id)
        return [Reply(500) for _ in letters]


async def test_what_is_sent_again_while_it_is_away_is_sent_again():
    courier = Interrupted()
    async with open_market("memory://", clock=MemoryClock(NOW), courier=courier) as market:
        courier.market = market
        webhook = await market.webhooks.create(DEALER, url="https://shop.example/")
        await sell(market)
        await market.webhooks.tell([one.event for one in await log_of(market).read(0, 10)])
        await market.webhooks.post()

        assert await states(market, webhook) == [("pending", 0, None)] * 3


async def test_without_its_package_nothing_is_set_up_and_nothing_lost():
    async with open_market("memory://", courier=NoCourier()) as market:
        with pytest.raises(InvalidError, match=r"carmarket\[webhooks\]"):
            await market.webhooks.create(
                Actor(user_id=UserId(UUID(int=1)), roles=frozenset({Role.ADMIN})), url="https://x.example"
            )
        replies = await market.stock.courier.post([])

    assert replies == []
