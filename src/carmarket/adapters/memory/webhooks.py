"""
Webhooks and deliveries in dictionaries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from attrs import define, field

from carmarket.core.catalog.car import SellerId
from carmarket.core.change import Change
from carmarket.core.errors import InvalidError
from carmarket.core.versions import demand_base
from carmarket.core.webhooks.delivery import Delivery, DeliveryId, DeliveryStatus, Reply
from carmarket.core.webhooks.webhook import Webhook, WebhookId
from carmarket.ports.webhooks import Courier, DeliveryRepository, Letter, WebhookFilter, WebhookRepository

MOST_PRUNED = 10_000


@define
class MemoryWebhookRepository(WebhookRepository):
    webhooks: dict[WebhookId, Webhook] = field(factory=dict)
    deliveries: dict[DeliveryId, Delivery] = field(factory=dict)

    async def get(self, webhook_id: WebhookId) -> Webhook | None:
        return self.webhooks.get(webhook_id)

    async def save(self, change: Change[Webhook]) -> None:
        demand_base(self.webhooks.get(change.state.id), change, what="webhook")
        self.webhooks[change.state.id] = change.state

    async def remove(self, webhook_id: WebhookId) -> None:
        self.webhooks.pop(webhook_id, None)
        for one in [one for one in self.deliveries.values() if one.webhook_id == webhook_id]:
            del self.deliveries[one.id]

    async def find(
        self, wanted: WebhookFilter, *, after: WebhookId | None = None, limit: int = 100
    ) -> Sequence[Webhook]:
        found = [
            one
            for one in self._sorted()
            if (wanted.everybody or one.seller == wanted.seller)
            and wanted.user_id in (None, one.user_id)
            and (after is None or one.id > after)
        ]
        return tuple(found[:limit])

    async def listening(self, sellers: Collection[SellerId]) -> Sequence[Webhook]:
        return tuple(one for one in self._sorted() if one.is_active and (one.seller is None or one.seller in sellers))

    def _sorted(self) -> list[Webhook]:
        return sorted(self.webhooks.values(), key=lambda one: one.id)


@define
class MemoryDeliveryRepository(DeliveryRepository):
    """Every method runs without an await inside, so each is atomic."""

    _kept: MemoryWebhookRepository

    async def add(self, deliveries: Sequence[Delivery]) -> int:
        fresh = [
            one for one in deliveries if one.id not in self._kept.deliveries and one.webhook_id in self._kept.webhooks
        ]
        self._kept.deliveries.update((one.id, one) for one in fresh)
        return len(fresh)

    async def get(self, delivery_id: DeliveryId) -> Delivery | None:
        return self._kept.deliveries.get(delivery_id)

    async def save(self, change: Change[Delivery]) -> None:
        demand_base(self._kept.deliveries.get(change.state.id), change, what="delivery")
        self._kept.deliveries[change.state.id] = change.state

    async def due(self, now: datetime, *, limit: int, each: int) -> Sequence[tuple[Webhook, Delivery]]:
        waiting = [
            (one.next_at, one.id, self._kept.webhooks[one.webhook_id], one)
            for one in self._kept.deliveries.values()
            if one.next_at is not None and one.next_at <= now and self._kept.webhooks[one.webhook_id].is_active
        ]
        taken: Counter[WebhookId] = Counter()
        found = []
        for _, _, webhook, delivery in sorted(waiting, key=lambda row: row[:2]):
            taken[webhook.id] += 1
            if taken[webhook.id] <= each:
                found.append((webhook, delivery))
        return tuple(found[:limit])

    async def find(
        self, webhook_id: WebhookId, *, before: Delivery | None = None, limit: int = 100
    ) -> Sequence[Delivery]:
        found = sorted(
            (one for one in self._kept.deliveries.values() if one.webhook_id == webhook_id), key=_place, reverse=True
        )
        return tuple(one for one in found if before is None or _place(one) < _place(before))[:limit]

    async def prune(self, before: datetime) -> int:
        old = [
            one.id
            for one in self._kept.deliveries.values()
            if one.status is not DeliveryStatus.PENDING and one.updated_at < before
        ][:MOST_PRUNED]
        for delivery_id in old:
            del self._kept.deliveries[delivery_id]
        return len(old)


class NoCourier(Courier):
    """Stands in where the courier's package is not installed: sets nothing up, and carries nothing."""

    async def demand_reachable(self, url: str) -> None:
        raise InvalidError("Webhooks need another package: install carmarket[webhooks].", field="url", value=url[:200])

    async def post(self, letters: Sequence[Letter]) -> Sequence[Reply]:
        return [Reply(None, "Webhooks need another package: install carmarket[webhooks].") for _ in letters]


def _place(delivery: Delivery) -> tuple[datetime, DeliveryId]:
    return delivery.created_at, delivery.id
