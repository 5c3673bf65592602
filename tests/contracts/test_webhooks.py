"""
Webhooks and deliveries: memory and SQLite.
"""

from __future__ import annotations

from carmarket.testing.contracts.webhooks import DeliveryRepositoryContract, WebhookRepositoryContract


class TestWebhookRepository(WebhookRepositoryContract):
    pass


class TestDeliveryRepository(DeliveryRepositoryContract):
    pass
