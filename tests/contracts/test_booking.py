"""
Bookings: memory and SQLite.
"""

from __future__ import annotations

from typing import Any

import pytest

from carmarket.testing.contracts.booking import BookingRepositoryContract


class TestBookingRepository(BookingRepositoryContract):
    @pytest.fixture
    def open_booking(self, open_catalog: Any) -> Any:
        return open_catalog
