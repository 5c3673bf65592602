"""
A service for each test that changes something, and one for all that only look.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from tests.entrypoints.http.service import Service, serving

STORES = [
    pytest.param("memory://", id="memory"),
    *([pytest.param("sqlite:///{folder}/market.db", id="sqlite")] if os.environ.get("CARMARKET_FULL") else []),
]


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """An empty market of the test's own."""
    async with serving() as opened:
        yield opened


@pytest.fixture(scope="module", params=STORES)
async def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """One market for the tests of a module, which take care to leave each other alone; at full size on each store."""
    async with serving(request.param.format(folder=tmp_path_factory.mktemp("market"))) as opened:
        yield opened
