"""
Search in memory and by bitmaps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carmarket.adapters.bitmap import BitmapSearchIndex
from carmarket.adapters.bitmap.alignment import distances
from carmarket.adapters.memory import MemorySearchIndex
from carmarket.core.search.words import within
from carmarket.ports.search import SearchIndex
from carmarket.testing.contracts.search import SearchIndexContract

LETTERS = st.text("abcdé", min_size=1, max_size=8)


class TestSearchIndex(SearchIndexContract):
    @pytest.fixture(params=[MemorySearchIndex, BitmapSearchIndex])
    def make_index(self, request: pytest.FixtureRequest) -> Callable[[], SearchIndex]:
        return cast("Callable[[], SearchIndex]", request.param)


@settings(max_examples=300)
@given(LETTERS, st.lists(LETTERS, min_size=1, max_size=20))
def test_slips_are_counted_as_the_core_counts_them(word: str, others: list[str]) -> None:
    counted = distances(word, others)

    for other, count in zip(others, counted.tolist(), strict=True):
        assert within(word, other, count)
        assert not count or not within(word, other, count - 1)
    assert counted.dtype == np.int64
