"""
Webhooks and deliveries as their owners say and see them.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from attrs import frozen

from carmarket.core.catalog.car import SellerId
from carmarket.core.webhooks.delivery import Delivery, DeliveryId, DeliveryStatus, Reply
from carmarket.core.webhooks.webhook import Webhook, WebhookId


@frozen(kw_only=True)
class NewWebhook:
    """Where, and of which events; of all if none is named."""

    url: str
    event_types: frozenset[str] = frozenset()


@frozen(kw_only=True)
class RevisedWebhook:
    """All of it anew: what is left out is as if it were new."""

    url: str
    event_types: frozenset[str] = frozenset()
    is_active: bool = True


@frozen(kw_only=True)
class WebhookView:
    """A webhook as its owner sees it."""

    id: WebhookId
    version: int
    seller: SellerId | None
    """Whose events it is told; none: everybody's."""
    url: str
    event_types: tuple[str, ...]
    is_active: bool
    created_at: datetime
    updated_at: datetime
    secret: str | None = None
    """What its letters are signed with; shown when it is made, and never again."""


@frozen(kw_only=True)
class WebhookPage:
    """Webhooks by id, and where the next page begins."""

    webhooks: tuple[WebhookView, ...]
    next: str | None


@frozen(kw_only=True)
class DeliveryView:
    """An event on its way, and what came back."""

    id: DeliveryId
    status: DeliveryStatus
    attempts: int
    next_at: datetime | None
    reply: Reply | None
    event_id: UUID
    event_type: str
    subject: UUID
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class DeliveryPage:
    """Deliveries, the newest first, and where the next page begins."""

    deliveries: tuple[DeliveryView, ...]
    next: str | None


def view(webhook: Webhook, *, secret: str | None = None) -> WebhookView:
    return WebhookView(
        id=webhook.id,
        version=webhook.version,
        seller=webhook.seller,
        url=webhook.url,
        event_types=tuple(sorted(webhook.event_types)),
        is_active=webhook.is_active,
        created_at=webhook.created_at,
        updated_at=webhook.updated_at,
        secret=secret,
    )


def delivery_view(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        id=delivery.id,
        status=delivery.status,
        attempts=delivery.attempts,
        next_at=delivery.next_at,
        reply=delivery.reply,
        event_id=delivery.event.id,
        event_type=delivery.event.type,
        subject=delivery.event.key,
        created_at=delivery.created_at,
        updated_at=delivery.updated_at,
    )
