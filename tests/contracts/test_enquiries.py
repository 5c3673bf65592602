"""
Enquiries: memory and SQLite.
"""

from __future__ import annotations

from typing import Any

import pytest

from carmarket.testing.contracts.enquiries import EnquiryRepositoryContract


class TestEnquiryRepository(EnquiryRepositoryContract):
    @pytest.fixture
    def open_enquiries(self, open_catalog: Any) -> Any:
        return open_catalog
