"""
Search in memory, by bitmaps and in Elasticsearch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carmarket.adapters.bitmap import BitmapSearchIndex, BitmapSnapshots
from carmarket.adapters.bitmap.alignment import distances
from carmarket.adapters.memory import MemorySearchIndex
from carmarket.core.search.words import within
from carmarket.ports.search import IndexSnapshots, SearchIndex
from carmarket.testing.contracts.search import SearchIndexContract
from carmarket.testing.contracts.snapshots import IndexSnapshotsContract
from tests.indexes import elasticsearch_indexes

LETTERS = st.text("abcdé", min_size=1, max_size=8)


class TestSearchIndex(SearchIndexContract):
    @pytest.fixture(params=["memory", "bitmap", "elasticsearch"])
    def make_index(self, request: pytest.FixtureRequest) -> Callable[[], SearchIndex]:
        return cast("Callable[[], SearchIndex]", request.getfixturevalue(f"{request.param}_index"))

    @pytest.fixture
    def memory_index(self) -> Callable[[], SearchIndex]:
        return MemorySearchIndex

    @pytest.fixture
    def bitmap_index(self) -> Callable[[], SearchIndex]:
        return BitmapSearchIndex

    @pytest.fixture
    def elasticsearch_index(self, server_of: Callable[[str], str]) -> Iterator[Callable[[], SearchIndex]]:
        with elasticsearch_indexes(server_of("elasticsearch")) as make:
            yield make


class TestIndexSnapshots(IndexSnapshotsContract):
    @pytest.fixture
    def open_index(self) -> Callable[[Path], tuple[SearchIndex, IndexSnapshots]]:
        def opened(file: Path) -> tuple[SearchIndex, IndexSnapshots]:
            index = BitmapSearchIndex()
            return index, BitmapSnapshots(index, file)

        return opened


@settings(max_examples=300)
@given(LETTERS, st.lists(LETTERS, min_size=1, max_size=20))
def test_slips_are_counted_as_the_core_counts_them(word: str, others: list[str]) -> None:
    counted = distances(word, others)

    for other, count in zip(others, counted.tolist(), strict=True):
        assert within(word, other, count)
        assert not count or not within(word, other, count - 1)
    assert counted.dtype == np.int64
