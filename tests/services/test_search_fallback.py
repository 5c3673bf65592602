"""
Searching while the index is away: what stands beside the catalog answers, and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import pytest
from attrs import define

from carmarket.adapters.memory import MemoryClock, MemorySearchFallback, MemorySearchIndex
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import CursorExpiredError, InvalidError, NotFoundError, UnavailableError
from carmarket.core.search.document import Fact, SearchDocument, Suggestion
from carmarket.core.search.page import Page
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.core.search.reading import Known
from carmarket.services.search import SearchService
from carmarket.testing.builders import NOW
from carmarket.testing.contracts.search import a_fact
from carmarket.testing.strategies import RATES

CHEAPEST = SearchQuery(sort=Sort.PRICE)


@define
class Index(MemorySearchIndex):
    """One that can be away."""

    is_away: bool = False

    async def get(self, car_id: CarId) -> SearchDocument | None:
        self.demand_here()
        return await MemorySearchIndex.get(self, car_id)

    async def find(self, query: SearchQuery, **said: Any) -> Page:
        self.demand_here()
        return await MemorySearchIndex.find(self, query, **said)

    async def known(self, words: Collection[str]) -> Known:
        self.demand_here()
        return await MemorySearchIndex.known(self, words)

    async def suggest(self, words: Sequence[str], *, limit: int = 10) -> Sequence[Suggestion]:
        self.demand_here()
        return await MemorySearchIndex.suggest(self, words, limit=limit)

    def demand_here(self) -> None:
        if self.is_away:
            raise UnavailableError("The index is away.")


@pytest.fixture
def index() -> Index:
    return Index()


@pytest.fixture
async def search(index: Index) -> SearchService:
    """Of five Golfs, of which the index and the fallback know."""
    facts: Sequence[Fact] = [a_fact(number) for number in range(1, 6)]
    fallback = MemorySearchFallback()
    for one in (index.apply, fallback.tell):
        await one(facts)
    return SearchService(index=index, clock=MemoryClock(NOW), rates=RATES, fallback=fallback)


async def test_filters_and_exact_words_go_on_and_the_page_says_that_it_is_degraded(search, index):
    index.is_away = True

    by_words = await search.find(SearchQuery(words="golf under 20k"), facets=True)
    by_make = await search.find(SearchQuery(makes=["volkswagen"]))
    misspelt = await search.find(SearchQuery(words="glof"))

    assert (by_words.page.total, by_make.page.total, misspelt.page.total) == (5, 5, 0)
    assert all(found.page.is_degraded and found.page.facets is None for found in (by_words, by_make, misspelt))
    assert [one.field for one in by_words.understood] == ["price"]
    index.is_away = False
    assert not (await search.find(SearchQuery(words="glof"))).page.is_degraded


async def test_words_that_were_read_before_are_searched_for_too(search, index):
    read, _ = await search.understand(SearchQuery(words="golf"))
    index.is_away = True

    assert (await search.find(read)).page.total == 5


async def test_a_car_and_what_is_like_it_are_shown(search, index):
    index.is_away = True

    assert (await search.car(CarId(UUID(int=1)))).vehicle.model == "Golf"
    assert len(await search.similar(CarId(UUID(int=1)))) == 4
    with pytest.raises(NotFoundError):
        await search.car(CarId(UUID(int=99)))


async def test_a_walk_that_began_in_the_fallback_ends_there_when_the_index_is_back(search, index):
    index.is_away = True
    first = (await search.find(CHEAPEST, limit=3)).page
    index.is_away = False
    second = (await search.find(CHEAPEST, after=first.next, limit=3)).page

    assert second.is_degraded
    assert sorted(hit.car.id.int for hit in first.hits + second.hits) == [1, 2, 3, 4, 5]
    assert second.next is None


async def test_a_walk_by_another_order_has_to_begin_again(search, index):
    begun = [(query, (await search.find(query, limit=3)).page) for query in (CHEAPEST, SearchQuery(words="golf"))]
    index.is_away = True

    for query, page in begun:
        with pytest.raises(CursorExpiredError):
            await search.find(query, after=page.next, limit=3)


async def test_a_walk_from_the_newest_goes_on_in_the_fallback(search, index):
    newest = SearchQuery()
    first = (await search.find(newest, limit=3)).page
    index.is_away = True
    second = (await search.find(newest, after=first.next, limit=3)).page

    assert sorted(hit.car.id.int for hit in first.hits + second.hits) == [1, 2, 3, 4, 5]


async def test_what_is_wrong_with_a_query_is_said_as_ever(search, index):
    index.is_away = True

    with pytest.raises(InvalidError):
        await search.find(SearchQuery(words="a b c " * 20))
    with pytest.raises(InvalidError):
        await search.find(SearchQuery(), limit=101)


async def test_without_a_fallback_the_search_is_unavailable(index):
    index.is_away = True
    search = SearchService(index=index, clock=MemoryClock(NOW), rates=RATES)

    for asking in (search.find(SearchQuery()), search.car(CarId(UUID(int=1))), search.suggest("golf")):
        with pytest.raises(UnavailableError):
            await asking
