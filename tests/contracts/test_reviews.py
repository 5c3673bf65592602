"""
Reviews: memory, SQLite and MongoDB.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from carmarket.adapters.memory import MemoryReviewRepository, MemoryStore
from carmarket.core.catalog.car import SellerId
from carmarket.core.change import Change
from carmarket.core.reviews.rating import Rating
from carmarket.core.reviews.review import Review
from carmarket.core.side import Side
from carmarket.testing.contracts.reviews import ReviewRepositoryContract, rated_through_a_history


class TestReviewRepository(ReviewRepositoryContract):
    @pytest.fixture
    def open_reviews(self, open_people: Any) -> Any:
        return open_people


class CountsAsItGoes(MemoryReviewRepository):
    """A mutant: keeps a rating beside the reviews, and adds to it what comes before the public."""

    counted: list[int]

    def __init__(self) -> None:
        super().__init__(MemoryStore())
        self.counted = []

    async def save(self, change: Change[Review]) -> None:
        await super().save(change)
        if change.state.is_public and change.state.author is Side.CUSTOMER:
            self.counted.append(change.state.stars)

    async def rating(self, seller: SellerId) -> Rating:
        return Rating.of(self.counted)


def test_a_rating_that_is_kept_beside_the_reviews_is_caught_drifting():
    @settings(max_examples=200, deadline=None, database=None, phases=[Phase.generate])  # one in five is caught
    @given(data=st.data())
    def follow(data: st.DataObject) -> None:
        asyncio.run(rated_through_a_history(CountsAsItGoes(), data))

    with pytest.raises(AssertionError):
        follow()
