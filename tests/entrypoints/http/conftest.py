"""
A service for each test that changes something, and one for all that only look.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.entrypoints.http.service import Service, serving


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """An empty market of the test's own."""
    async with serving() as opened:
        yield opened


@pytest.fixture(scope="module")
async def shared() -> AsyncIterator[Service]:
    """One market for the tests of a module, which take care to leave each other alone."""
    async with serving() as opened:
        yield opened
