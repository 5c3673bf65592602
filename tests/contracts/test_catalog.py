"""
The catalog's store: memory and SQLite.
"""

from __future__ import annotations

from carmarket.testing.contracts.catalog import ListingRepositoryContract


class TestListingRepository(ListingRepositoryContract):
    pass
