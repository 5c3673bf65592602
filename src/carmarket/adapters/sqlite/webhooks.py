"""
Webhooks and deliveries as rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import frozen

from carmarket.adapters.sqlite.database import Database
from carmarket.adapters.sqlite.statements import statements
from carmarket.codec.documents import decode_webhook, encode
from carmarket.codec.events import decode_event, encode_event
from carmarket.core.catalog.car import SellerId
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.core.period import instant_of, milliseconds
from carmarket.core.versions import changed_meanwhile
from carmarket.core.webhooks.delivery import Delivery, DeliveryId, DeliveryStatus, Reply
from carmarket.core.webhooks.webhook import Webhook, WebhookId
from carmarket.ports.webhooks import DeliveryRepository, WebhookFilter, WebhookRepository

SQL = statements("webhooks")
MOST_PRUNED = 10_000
LATEST = 2**62


@frozen
class SqliteWebhookRepository(WebhookRepository):
    """The webhook is JSON; what it is looked for by stands beside it."""

    _database: Database

    async def get(self, webhook_id: WebhookId) -> Webhook | None:
        row = await self._database.read(lambda it: it.execute(SQL["get"], (webhook_id.bytes,)).fetchone())
        return decode_webhook(row[0]) if row else None

    async def save(self, change: Change[Webhook]) -> None:
        webhook = change.state
        values = {
            "id": webhook.id.bytes,
            "base": change.base,
            "version": webhook.version,
            "seller": webhook.seller and webhook.seller.bytes,
            "is_active": int(webhook.is_active),
            "document": encode(webhook),
        }

        def write(connection: sqlite3.Connection) -> None:
            if connection.execute(SQL["update" if change.base else "insert"], values).rowcount != 1:
                raise _conflict(connection, SQL["version"], change, "webhook")

        await self._database.write(write)

    async def remove(self, webhook_id: WebhookId) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.execute(SQL["remove"], (webhook_id.bytes,))
            connection.execute(SQL["remove_deliveries"], (webhook_id.bytes,))

        await self._database.write(write)

    async def find(
        self, wanted: WebhookFilter, *, after: WebhookId | None = None, limit: int = 100
    ) -> Sequence[Webhook]:
        values = {
            "seller": wanted.seller and wanted.seller.bytes,
            "user": wanted.user_id and str(wanted.user_id),
            "after": after.bytes if after else b"",
            "limit": limit,
        }
        sql = SQL["everybody" if wanted.everybody else "of_seller"]
        rows = await self._database.read(lambda it: it.execute(sql, values).fetchall())
        return tuple(decode_webhook(document) for (document,) in rows)

    async def listening(self, sellers: Collection[SellerId]) -> Sequence[Webhook]:
        marks = ", ".join("?" * len(sellers))
        sql = f"SELECT document FROM webhooks WHERE is_active AND (seller IS NULL OR seller IN ({marks})) ORDER BY id"  # noqa: S608  marks alone
        rows = await self._database.read(lambda it: it.execute(sql, [one.bytes for one in sellers]).fetchall())
        return tuple(decode_webhook(document) for (document,) in rows)


@frozen
class SqliteDeliveryRepository(DeliveryRepository):
    """A row a delivery, with its event as the log has it."""

    _database: Database

    async def add(self, deliveries: Sequence[Delivery]) -> int:
        rows = [_values(one) for one in deliveries]
        if not rows:
            return 0
        return await self._database.write(lambda it: it.executemany(SQL["deliver"], rows).rowcount)

    async def get(self, delivery_id: DeliveryId) -> Delivery | None:
        row = await self._database.read(lambda it: _named(it).execute(SQL["delivery"], (delivery_id.bytes,)).fetchone())
        return _delivery(row) if row else None

    async def save(self, change: Change[Delivery]) -> None:
        values = {**_values(change.state), "base": change.base}

        def write(connection: sqlite3.Connection) -> None:
            if connection.execute(SQL["settle"], values).rowcount != 1:
                raise _conflict(connection, SQL["delivery_version"], change, "delivery")

        await self._database.write(write)

    async def due(self, now: datetime, *, limit: int, each: int) -> Sequence[tuple[Webhook, Delivery]]:
        values = {"now": milliseconds(now), "limit": limit, "each": each}
        rows = await self._database.read(lambda it: _named(it).execute(SQL["due"], values).fetchall())
        return tuple((decode_webhook(row["document"]), _delivery(row)) for row in rows)

    async def find(
        self, webhook_id: WebhookId, *, before: Delivery | None = None, limit: int = 100
    ) -> Sequence[Delivery]:
        values = {
            "webhook": webhook_id.bytes,
            "created_at": milliseconds(before.created_at) if before else LATEST,
            "id": before.id.bytes if before else b"",
            "limit": limit,
        }
        rows = await self._database.read(lambda it: _named(it).execute(SQL["deliveries"], values).fetchall())
        return tuple(map(_delivery, rows))

    async def prune(self, before: datetime) -> int:
        values = {"before": milliseconds(before), "most": MOST_PRUNED}
        return await self._database.write(lambda it: it.execute(SQL["prune"], values).rowcount)


def _values(delivery: Delivery) -> dict[str, Any]:
    event, reply = delivery.event, delivery.reply
    return {
        "id": delivery.id.bytes,
        "version": delivery.version,
        "webhook": delivery.webhook_id.bytes,
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "next_at": delivery.next_at and milliseconds(delivery.next_at),
        "reply_status": reply and reply.status,
        "reply_said": None if reply is None else reply.said,
        "created_at": milliseconds(delivery.created_at),
        "updated_at": milliseconds(delivery.updated_at),
        "type": event.type,
        "type_version": event.type_version,
        "data": encode_event(event),
    }


def _delivery(row: Mapping[str, Any]) -> Delivery:
    return Delivery(
        id=DeliveryId(UUID(bytes=row["id"])),
        version=row["version"],
        webhook_id=WebhookId(UUID(bytes=row["webhook"])),
        event=decode_event(row["type"], row["type_version"], row["data"]),
        status=DeliveryStatus(row["status"]),
        attempts=row["attempts"],
        next_at=None if row["next_at"] is None else instant_of(row["next_at"]),
        reply=None if row["reply_said"] is None else Reply(row["reply_status"], row["reply_said"]),
        created_at=instant_of(row["created_at"]),
        updated_at=instant_of(row["updated_at"]),
    )


def _named(connection: sqlite3.Connection) -> sqlite3.Cursor:
    """A cursor whose rows know their columns by name."""
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor


def _conflict(connection: sqlite3.Connection, version: str, change: Change[Any], what: str) -> ConcurrencyConflictError:
    found = connection.execute(version, (change.state.id.bytes,)).fetchone()
    return changed_meanwhile(change.base, found[0] if found else 0, what=what)
