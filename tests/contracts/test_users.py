"""
People, dealers, sessions and the audit log: memory, SQLite and MongoDB.
"""

from __future__ import annotations

from typing import Any

import pytest

from carmarket.testing.contracts.users import UsersContract


class TestUsers(UsersContract):
    @pytest.fixture
    def open_users(self, open_people: Any) -> Any:
        return open_people
