"""
Webhooks and deliveries as rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from carmarket.adapters.postgres.database import Database, Row
from carmarket.adapters.postgres.statements import statements
from carmarket.codec.documents import decode_webhook, encode
from carmarket.codec.events import decode_event, encode_event
from carmarket.core.catalog.car import SellerId
from carmarket.core.change import Change
from carmarket.core.period import utc_instant
from carmarket.core.versions import changed_meanwhile
from carmarket.core.webhooks.delivery import Delivery, DeliveryId, DeliveryStatus, Reply
from carmarket.core.webhooks.webhook import Webhook, WebhookId
from carmarket.ports.webhooks import DeliveryRepository, WebhookFilter, WebhookRepository

SQL = statements("webhooks")
MOST_PRUNED = 10_000


@frozen
class PostgresWebhookRepository(WebhookRepository):
    """The webhook is JSON; what it is looked for by stands beside it."""

    _database: Database

    async def get(self, webhook_id: WebhookId) -> Webhook | None:
        row = await self._database.row(SQL["get"], {"id": webhook_id})
        return decode_webhook(row[0]) if row else None

    async def save(self, change: Change[Webhook]) -> None:
        webhook = change.state
        values = {
            "id": webhook.id, "base": change.base, "version": webhook.version, "seller": webhook.seller,
            "user": webhook.user_id, "is_active": webhook.is_active, "document": encode(webhook),
        }  # fmt: skip
        if not await self._database.count(SQL["update" if change.base else "insert"], values):
            row = await self._database.row(SQL["version"], values)
            raise changed_meanwhile(change.base, row[0] if row else 0, what="webhook")

    async def remove(self, webhook_id: WebhookId) -> None:
        await self._database.count(SQL["remove"], {"id": webhook_id})

    async def find(
        self, wanted: WebhookFilter, *, after: WebhookId | None = None, limit: int = 100
    ) -> Sequence[Webhook]:
        values = {
            "everybody": wanted.everybody, "seller": wanted.seller, "user": wanted.user_id, "after": after,
            "limit": limit,
        }  # fmt: skip
        rows = await self._database.rows(SQL["find"], values)
        return tuple(decode_webhook(document) for (document,) in rows)

    async def listening(self, sellers: Collection[SellerId]) -> Sequence[Webhook]:
        rows = await self._database.rows(SQL["listening"], {"sellers": list(sellers)})
        return tuple(decode_webhook(document) for (document,) in rows)


@frozen
class PostgresDeliveryRepository(DeliveryRepository):
    """A row a delivery, with its event as the log has it. Those of a webhook go with it."""

    _database: Database

    async def add(self, deliveries: Sequence[Delivery]) -> int:
        if not deliveries:
            return 0
        return await self._database.count(SQL["deliver"], [_values(one) for one in deliveries])

    async def get(self, delivery_id: DeliveryId) -> Delivery | None:
        row = await self._database.row(SQL["delivery"], {"id": delivery_id})
        return _delivery(row) if row else None

    async def save(self, change: Change[Delivery]) -> None:
        values = {**_values(change.state), "base": change.base}
        if not await self._database.count(SQL["settle"], values):
            row = await self._database.row(SQL["delivery_version"], values)
            raise changed_meanwhile(change.base, row[0] if row else 0, what="delivery")

    async def due(self, now: datetime, *, limit: int, each: int) -> Sequence[tuple[Webhook, Delivery]]:
        rows = await self._database.rows(SQL["due"], {"now": now, "limit": limit, "each": each})
        return tuple((decode_webhook(document), _delivery(rest)) for document, *rest in rows)

    async def find(
        self, webhook_id: WebhookId, *, before: Delivery | None = None, limit: int = 100
    ) -> Sequence[Delivery]:
        values = {
            "webhook": webhook_id, "limit": limit, "id": before and before.id,
            "created_at": before and utc_instant(before.created_at),
        }  # fmt: skip
        return tuple(map(_delivery, await self._database.rows(SQL["deliveries"], values)))

    async def prune(self, before: datetime) -> int:
        return await self._database.count(SQL["prune"], {"before": before, "most": MOST_PRUNED})


def _values(delivery: Delivery) -> dict[str, Any]:
    event, reply = delivery.event, delivery.reply
    return {
        "id": delivery.id,
        "version": delivery.version,
        "webhook": delivery.webhook_id,
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "next_at": delivery.next_at and utc_instant(delivery.next_at),
        "reply_status": reply and reply.status,
        "reply_said": None if reply is None else reply.said.encode(),
        "created_at": utc_instant(delivery.created_at),
        "updated_at": utc_instant(delivery.updated_at),
        "type": event.type,
        "type_version": event.type_version,
        "data": encode_event(event),
    }


def _delivery(row: Row | Sequence[Any]) -> Delivery:
    (
        key, version, webhook, status, attempts, next_at, reply_status, reply_said, created_at, updated_at, name,
        type_version, data,
    ) = row  # fmt: skip
    return Delivery(
        id=DeliveryId(key),
        version=version,
        webhook_id=WebhookId(webhook),
        event=decode_event(name, type_version, data),
        status=DeliveryStatus(status),
        attempts=attempts,
        next_at=next_at,
        reply=None if reply_said is None else Reply(reply_status, reply_said.decode()),
        created_at=created_at,
        updated_at=updated_at,
    )
