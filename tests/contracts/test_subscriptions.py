"""
Publishing and reading by name: memory and SQLite.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from carmarket.ports.events import EVENTS, PUBLISHER, READERS
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
