"""
What all tests share.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carmarket.adapters.memory import offer as memory_offer
from carmarket.adapters.sqlite import offer as sqlite_offer


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """asyncio alone; at session scope, so that synchronous fixtures can choose among asynchronous ones."""
    return ("asyncio", {})


@pytest.fixture
def open_memory() -> Any:
    """Opens a new, empty store in memory each time it is called."""
    return lambda: memory_offer("memory://")


@pytest.fixture
def open_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Opens a new, empty database each time it is called."""

    def opened() -> Any:
        folder: Path = tmp_path_factory.mktemp("sqlite")
        return sqlite_offer(f"sqlite:///{folder}/market.db")

    return opened


@pytest.fixture(params=["memory", "sqlite"])
def open_catalog(request: pytest.FixtureRequest) -> Any:
    """Every adapter of the catalog's ports in turn."""
    return request.getfixturevalue(f"open_{request.param}")
