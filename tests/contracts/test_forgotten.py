"""
Requests for another password: memory, SQLite and MongoDB.
"""

from __future__ import annotations

from typing import Any

import pytest

from carmarket.testing.contracts.forgotten import ResetRequestsContract


class TestResetRequests(ResetRequestsContract):
    @pytest.fixture
    def open_requests(self, open_people: Any) -> Any:
        return open_people
