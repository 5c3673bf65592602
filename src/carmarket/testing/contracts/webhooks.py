"""
The law of `WebhookRepository` and `DeliveryRepository`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

import pytest
from attrs import frozen

from carmarket.core.actor import UserId
from carmarket.core.catalog.car import SellerId
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.core.webhooks.delivery import DeliveryId, Reply
from carmarket.core.webhooks.webhook import WebhookId
from carmarket.ports.offer import Offer
from carmarket.ports.webhooks import DELIVERIES, WEBHOOKS, DeliveryRepository, WebhookFilter, WebhookRepository
from carmarket.testing.builders import DEALER, NOW
from carmarket.testing.webhooks import URL, a_delivery, a_webhook

Open = Callable[[], AbstractAsyncContextManager[Offer]]
OTHER = SellerId(UUID(int=0xDEA2))
SECOND = timedelta(seconds=1)
OK, BUSY = Reply(204), Reply(503, "busy")


@frozen
class Stores:
    webhooks: WebhookRepository
    deliveries: DeliveryRepository


class WebhookRepositoryContract:
    """Give a fixture `open_catalog` that opens a new, empty store each time it is called."""

    @pytest.fixture
    async def it(self, open_catalog: Open) -> AsyncIterator[Stores]:
        async with open_catalog() as offer:
            yield Stores(await offer.get(WEBHOOKS), await offer.get(DELIVERIES))

    async def test_a_webhook_is_read_back_in_every_field(self, it: Stores) -> None:
        made = a_webhook(1, event_types=frozenset({"catalog.listing-sold"}), fingerprint="abc")
        await it.webhooks.save(made)
        assert await it.webhooks.get(made.state.id) == made.state

        revised = made.state.revise(
            url=f"{URL}/2", event_types=frozenset(), is_active=False, user_id=UserId(UUID(int=7)), now=NOW + SECOND
        )
        await it.webhooks.save(revised)
        assert await it.webhooks.get(made.state.id) == revised.state
        assert await it.webhooks.get(WebhookId(UUID(int=9))) is None

    async def test_of_many_writers_from_one_version_one_wins(self, it: Stores) -> None:
        made = a_webhook(1)
        await it.webhooks.save(made)
        rivals = [made.state.stop(now=NOW) for _ in range(8)]

        results = await asyncio.gather(*map(it.webhooks.save, rivals), return_exceptions=True)

        assert [type(result) for result in results].count(ConcurrencyConflictError) == 7
        with pytest.raises(ConcurrencyConflictError):
            await it.webhooks.save(made)

    async def test_webhooks_are_found_by_whose_they_are(self, it: Stores) -> None:
        for number, seller in enumerate([SellerId(DEALER), OTHER, None, SellerId(DEALER)], start=1):
            await it.webhooks.save(a_webhook(number, seller=seller))

        async def ids(wanted: WebhookFilter, after: int | None = None, limit: int = 100) -> list[int]:
            behind = None if after is None else WebhookId(UUID(int=after))
            return [one.id.int for one in await it.webhooks.find(wanted, after=behind, limit=limit)]

        assert await ids(WebhookFilter(everybody=True)) == [1, 2, 3, 4]
        assert await ids(WebhookFilter(everybody=True), after=1, limit=2) == [2, 3]
        assert await ids(WebhookFilter(seller=SellerId(DEALER))) == [1, 4]
        assert await ids(WebhookFilter(seller=None)) == [3]
        await it.webhooks.save(a_webhook(5, user_id=UserId(UUID(int=7))))
        assert await ids(WebhookFilter(everybody=True, user_id=UserId(UUID(int=7)))) == [5]
        assert await ids(WebhookFilter(seller=OTHER, user_id=UserId(UUID(int=7)))) == []

    async def test_those_listen_who_are_active_and_concerned(self, it: Stores) -> None:
        for number, seller in enumerate([SellerId(DEALER), OTHER, None, SellerId(DEALER)], start=1):
            await it.webhooks.save(a_webhook(number, seller=seller))
        await it.webhooks.save(a_webhook(4).state.stop(now=NOW))

        assert [one.id.int for one in await it.webhooks.listening([SellerId(DEALER)])] == [1, 3]
        assert [one.id.int for one in await it.webhooks.listening([OTHER, SellerId(DEALER)])] == [1, 2, 3]
        assert [one.id.int for one in await it.webhooks.listening([])] == [3]

    async def test_what_is_removed_is_gone_with_its_deliveries(self, it: Stores) -> None:
        for number in (1, 2):
            await it.webhooks.save(a_webhook(number))
            await it.deliveries.add([a_delivery(1, to=number)])
        await it.webhooks.remove(WebhookId(UUID(int=1)))
        await it.webhooks.remove(WebhookId(UUID(int=9)))

        assert await it.webhooks.get(WebhookId(UUID(int=1))) is None
        assert await it.deliveries.get(a_delivery(1, to=1).id) is None
        assert await it.deliveries.get(a_delivery(1, to=2).id) == a_delivery(1, to=2)
        assert await it.deliveries.add([a_delivery(2, to=1)]) == 0


class DeliveryRepositoryContract:
    """Give a fixture `open_catalog` that opens a new, empty store each time it is called."""

    @pytest.fixture
    async def it(self, open_catalog: Open) -> AsyncIterator[Stores]:
        async with open_catalog() as offer:
            opened = Stores(await offer.get(WEBHOOKS), await offer.get(DELIVERIES))
            for number in (1, 2):
                await opened.webhooks.save(a_webhook(number))
            yield opened

    async def test_a_delivery_is_read_back_in_every_field(self, it: Stores) -> None:
        made = a_delivery()
        assert await it.deliveries.add([made]) == 1
        assert await it.deliveries.get(made.id) == made

        for change in (tried := made.answered(BUSY, now=NOW), tried.state.answered(OK, now=NOW + SECOND)):
            await it.deliveries.save(change)
            assert await it.deliveries.get(made.id) == change.state
        assert await it.deliveries.get(DeliveryId(UUID(int=9))) is None

    async def test_what_is_there_already_is_passed_over(self, it: Stores) -> None:
        made = a_delivery()
        await it.deliveries.add([made])
        await it.deliveries.save(made.answered(OK, now=NOW))

        assert await it.deliveries.add([a_delivery(now=NOW + SECOND), a_delivery(2)]) == 1
        assert await it.deliveries.get(made.id) == made.answered(OK, now=NOW).state
        assert await it.deliveries.add([]) == 0

    async def test_of_many_writers_from_one_version_one_wins(self, it: Stores) -> None:
        made = a_delivery()
        await it.deliveries.add([made])
        rivals = [made.answered(BUSY, now=NOW), made.resend(now=NOW), made.answered(OK, now=NOW)]

        results = await asyncio.gather(*map(it.deliveries.save, rivals), return_exceptions=True)

        assert [type(result) for result in results].count(ConcurrencyConflictError) == 2

    async def test_those_are_due_whose_time_has_come(self, it: Stores) -> None:
        first, second, third = a_delivery(1), a_delivery(2, now=NOW + SECOND), a_delivery(3, now=NOW - SECOND)
        await it.deliveries.add([first, second, third])
        await it.deliveries.save(a_delivery(3, now=NOW - SECOND).answered(OK, now=NOW))

        async def due(seconds: float) -> list[DeliveryId]:
            now = NOW + timedelta(seconds=seconds)
            return [one.id for _, one in await it.deliveries.due(now, limit=10, each=10)]

        assert await due(-1) == []
        assert await due(0) == [first.id]
        assert await due(1) == [first.id, second.id]
        await it.deliveries.save(first.answered(BUSY, now=NOW))
        assert await due(1) == [second.id]
        assert await due(10) == [second.id, first.id]
        assert [one for one, _ in await it.deliveries.due(NOW + SECOND, limit=10, each=10)] == [a_webhook(1).state]

    async def test_a_webhook_with_much_to_be_told_holds_up_no_other(self, it: Stores) -> None:
        await it.deliveries.add([a_delivery(number, to=1) for number in range(1, 21)])
        await it.deliveries.add([a_delivery(number, to=2, now=NOW + SECOND) for number in range(1, 4)])

        found = await it.deliveries.due(NOW + SECOND, limit=8, each=5)

        assert [webhook.id.int for webhook, _ in found] == [1] * 5 + [2] * 3
        assert len(await it.deliveries.due(NOW + SECOND, limit=6, each=5)) == 6

    async def test_a_webhook_that_is_not_active_is_told_nothing(self, it: Stores) -> None:
        await it.deliveries.add([a_delivery(1, to=1), a_delivery(1, to=2)])
        paused = a_webhook(1).state.stop(now=NOW)
        await it.webhooks.save(paused)
        assert [webhook.id.int for webhook, _ in await it.deliveries.due(NOW, limit=9, each=9)] == [2]

        again = paused.state.revise(
            url=URL, event_types=frozenset(), is_active=True, user_id=UserId(UUID(int=7)), now=NOW
        )
        await it.webhooks.save(again)
        assert len(await it.deliveries.due(NOW, limit=9, each=9)) == 2

    async def test_a_webhooks_deliveries_come_newest_first(self, it: Stores) -> None:
        kept = [a_delivery(number, now=NOW + SECOND * (number // 2)) for number in range(1, 8)]
        await it.deliveries.add([*kept, a_delivery(1, to=2)])
        order = sorted(kept, key=lambda one: (one.created_at, one.id), reverse=True)

        first = await it.deliveries.find(kept[0].webhook_id, limit=3)
        rest = await it.deliveries.find(kept[0].webhook_id, before=first[-1])

        assert [*first, *rest] == order

    async def test_what_came_to_its_end_is_forgotten_after_a_while(self, it: Stores) -> None:
        waiting, new, old = (a_delivery(number) for number in (1, 2, 3))
        await it.deliveries.add([waiting, new, old])
        await it.deliveries.save(old.answered(OK, now=NOW))
        await it.deliveries.save(new.answered(OK, now=NOW + SECOND))

        assert await it.deliveries.prune(NOW + SECOND) == 1
        assert await it.deliveries.get(old.id) is None
        assert len(await it.deliveries.find(new.webhook_id)) == 2
