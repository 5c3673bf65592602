"""
Webhooks and deliveries for tests, with everything a test does not care about filled in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from carmarket.core.actor import UserId
from carmarket.core.catalog.car import SellerId
from carmarket.core.change import Change
from carmarket.core.events import Event
from carmarket.core.webhooks.delivery import Delivery
from carmarket.core.webhooks.webhook import Webhook, WebhookId
from carmarket.testing.builders import DEALER, NOW, a_published

URL = "https://shop.example/carmarket"


def a_webhook(number: int = 1, **said: Any) -> Change[Webhook]:
    """A new webhook of the dealer, with this number as its id, that is told of everything."""
    return Webhook.register(
        **{
            "webhook_id": WebhookId(UUID(int=number)),
            "seller": SellerId(DEALER),
            "user_id": UserId(UUID(int=1_000)),
            "url": URL,
            "event_types": frozenset(),
            "now": NOW,
            **said,
        }
    )


def an_event(number: int = 1) -> Event:
    """A car came before the public."""
    return a_published(number).events[-1]


def a_delivery(number: int = 1, *, to: int = 1, now: datetime = NOW) -> Delivery:
    """An event about the car of this number, on its way to the webhook of that one."""
    return Delivery.of(an_event(number), a_webhook(to).state, now=now)
