"""
The search beside the catalog: memory and PostgreSQL.
"""

from __future__ import annotations

from typing import Any

import pytest

from carmarket.testing.contracts.fallback import SearchFallbackContract


class TestSearchFallback(SearchFallbackContract):
    @pytest.fixture(params=["memory", "postgres"])
    def open_fallback(self, request: pytest.FixtureRequest) -> Any:
        return request.getfixturevalue(f"open_{request.param}")
