"""
R8 and R14 on a genuine server, by the same checks as on every other index.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from carmarket.adapters.elasticsearch import ElasticsearchSearchIndex
from carmarket.core.search.query import Sort
from tests.indexes import elasticsearch_indexes
from tests.promises.test_index import FULL, SORTS, by_cursor, differences, walked

Make = Callable[[], ElasticsearchSearchIndex]


@pytest.fixture
def make_index(server_of: Callable[[str], str]) -> Any:
    with elasticsearch_indexes(server_of("elasticsearch")) as make:
        yield make


@pytest.mark.slow
@pytest.mark.promise("R8")
async def test_facts_twice_and_shuffled_give_the_same_index(make_index: Make, record_property: Any) -> None:
    cars = 2_000 if FULL else 50
    record_property("on", "elasticsearch")
    record_property("figure", f"0 of {cars} documents differ")

    assert await differences(make_index, cars) == 0


@pytest.mark.slow
@pytest.mark.promise("R14")
@pytest.mark.parametrize("sort", SORTS)
async def test_a_walk_under_writes_sees_what_stays_exactly_once(
    make_index: Make, sort: Sort, record_property: Any
) -> None:
    cars = 20_000 if FULL else 1_000
    record_property("on", "elasticsearch")
    record_property("figure", f"{sort}: 0 missed, 0 twice of {cars}")

    assert await walked(make_index(), sort, cars, by_cursor) == (0, 0)
