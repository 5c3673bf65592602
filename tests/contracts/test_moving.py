"""
What a market brings from another: every adapter of every port that keeps something.
"""

from __future__ import annotations

from typing import Any

import pytest

from carmarket.testing.contracts.moving import (
    BookingMovingContract,
    CatalogMovingContract,
    EnquiriesMovingContract,
    PeopleMovingContract,
    ReviewsMovingContract,
    SavedSearchesMovingContract,
)


class TestCatalog(CatalogMovingContract):
    pass


class TestBooking(BookingMovingContract):
    @pytest.fixture
    def open_booking(self, open_catalog: Any) -> Any:
        return open_catalog


class TestEnquiries(EnquiriesMovingContract):
    @pytest.fixture
    def open_enquiries(self, open_catalog: Any) -> Any:
        return open_catalog


class TestPeople(PeopleMovingContract):
    @pytest.fixture
    def open_users(self, open_people: Any) -> Any:
        return open_people


class TestReviews(ReviewsMovingContract):
    @pytest.fixture
    def open_reviews(self, open_people: Any) -> Any:
        return open_people


class TestSavedSearches(SavedSearchesMovingContract):
    @pytest.fixture
    def open_saved_searches(self, open_people: Any) -> Any:
        return open_people
