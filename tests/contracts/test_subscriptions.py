"""
Publishing and reading by name: memory, SQLite and Kafka.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from carmarket.adapters.kafka import offer as kafka_offer
from carmarket.ports.events import EVENTS, PUBLISHER, READERS, SUBSCRIPTIONS
from carmarket.services.subscriptions import LogSubscriptions
from carmarket.testing.contracts.subscriptions import Bus, SubscriptionContract


class TestSubscriptions(SubscriptionContract):
    @pytest.fixture
    def open_bus(self, open_catalog: Any) -> Any:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Bus]:
            async with open_catalog() as offer:
                reading = LogSubscriptions(await offer.get(EVENTS), await offer.get(READERS))
                yield Bus(await offer.get(PUBLISHER), reading)

        return opened


class TestKafkaSubscriptions(SubscriptionContract):
    @pytest.fixture
    def open_bus(self, server_of: Callable[[str], str]) -> Any:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Bus]:
            url = f"{server_of('kafka')}/{uuid4().hex}?partitions=3&replication=1"
            async with kafka_offer(url) as offer:
                yield Bus(await offer.get(PUBLISHER), await offer.get(SUBSCRIPTIONS))

        return opened
