"""
The law of `SavedSearches`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carmarket.core.catalog.car import CarId
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.core.search.alerts import seen
from carmarket.core.search.document import Entry, SearchDocument
from carmarket.core.search.saved import (
    MOST_SAVED_SEARCHES,
    HowOften,
    SavedSearch,
    SavedSearchId,
    TooManySavedSearchesError,
)
from carmarket.core.users.ids import UserId
from carmarket.ports.offer import Offer
from carmarket.ports.saved_searches import ALERTS, SAVED_SEARCHES, AlertLog, SavedSearches
from carmarket.testing.builders import NOW
from carmarket.testing.saved_searches import SEEKER, a_car, a_saved_search, an_alert
from carmarket.testing.strategies import RATES, cars, queries

Open = Callable[[], AbstractAsyncContextManager[Offer]]
OTHER = UserId(UUID(int=0x5EED))
HOUR = timedelta(hours=1)
QUIET: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
}


@frozen
class Stores:
    searches: SavedSearches
    alerts: AlertLog


@asynccontextmanager
async def stores(open_saved_searches: Open) -> AsyncIterator[Stores]:
    """New, empty stores."""
    async with open_saved_searches() as offer:
        yield Stores(await offer.get(SAVED_SEARCHES), await offer.get(ALERTS))


def documents() -> st.SearchStrategy[list[SearchDocument]]:
    """Cars as alerts look at them, each with an id of its own."""
    drawn = st.lists(cars(), min_size=1, max_size=6)
    return drawn.map(
        lambda found: [
            seen(Entry.of(evolve(car, id=CarId(UUID(int=number))), RATES)) for number, car in enumerate(found, start=1)
        ]
    )


def saved(most: int = 25) -> st.SearchStrategy[list[SavedSearch]]:
    """Searches that say something, active or not."""
    said = queries().filter(lambda query: not query.is_empty)
    drawn = st.lists(st.tuples(said, st.sampled_from(HowOften)), min_size=1, max_size=most)
    return drawn.map(
        lambda found: [
            a_saved_search(number, query, how_often=how_often).state
            for number, (query, how_often) in enumerate(found, start=1)
        ]
    )


def scanned(searches: Sequence[SavedSearch], document: SearchDocument) -> list[SavedSearch]:
    """What must be found, by asking every search."""
    return [search for search in searches if search.is_active and search.query.matches(document)]


class SavedSearchesContract:
    """Give a fixture `open_saved_searches` that opens new, empty stores each time it is called."""

    @settings(max_examples=40, **QUIET)
    @given(searches=saved(), seen_cars=documents())
    def test_exactly_the_active_searches_that_match_are_found(
        self, open_saved_searches: Open, searches: list[SavedSearch], seen_cars: list[SearchDocument]
    ) -> None:
        async def run() -> None:
            async with stores(open_saved_searches) as it:
                for search in searches:
                    await it.searches.save(a_saved_search(search.id.int, search.query, how_often=search.how_often))

                for document in seen_cars:
                    assert list(await it.searches.matching(document)) == scanned(searches, document)
                assert list(await it.searches.of_owner(SEEKER)) == searches

        asyncio.run(run())

    async def test_what_was_saved_is_read_back_equal(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            new = a_saved_search(asked="model=golf", fingerprint="f")
            revised = new.state.revise(name="Golfs", how_often=HowOften.WEEKLY, now=NOW + HOUR)
            await it.searches.save(new)
            assert await it.searches.get(new.state.id) == new.state
            await it.searches.save(revised)
            assert await it.searches.get(new.state.id) == revised.state
            assert await it.searches.get(SavedSearchId(UUID(int=9))) is None

    async def test_a_stale_change_is_refused(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            new = a_saved_search()
            await it.searches.save(new)
            rivals = [new.state.revise(name=name, how_often=HowOften.DAILY, now=NOW) for name in "ab"]
            results = await asyncio.gather(*map(it.searches.save, rivals), return_exceptions=True)

            assert [type(one) for one in results].count(ConcurrencyConflictError) == 1
            with pytest.raises(ConcurrencyConflictError):
                await it.searches.save(new)
            with pytest.raises(ConcurrencyConflictError):
                await it.searches.remove(new.state.id, version=1)
            with pytest.raises(ConcurrencyConflictError):
                await it.searches.save(a_saved_search(2).state.silence(now=NOW))
            with pytest.raises(ConcurrencyConflictError):
                await it.searches.remove(SavedSearchId(UUID(int=2)), version=1)

    async def test_a_change_that_alters_nothing_writes_nothing(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            new = a_saved_search()
            same = new.state.revise(name=new.state.name, how_often=new.state.how_often, now=NOW + HOUR)

            await it.searches.save(same)

            assert await it.searches.get(new.state.id) is None

    async def test_one_person_has_a_bounded_number(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            numbers = range(1, MOST_SAVED_SEARCHES + 21)
            attempts = (it.searches.save(a_saved_search(number)) for number in numbers)
            results = await asyncio.gather(*attempts, return_exceptions=True)

            assert [type(one) for one in results].count(TooManySavedSearchesError) == 20
            assert len(await it.searches.of_owner(SEEKER)) == MOST_SAVED_SEARCHES
            await it.searches.save(a_saved_search(999, owner=OTHER))
            first = (await it.searches.of_owner(SEEKER))[0]
            await it.searches.save(first.silence(now=NOW))

    async def test_a_search_is_found_as_it_is_now(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            document = seen(Entry.of(a_car(), RATES))
            new = a_saved_search()
            silenced = new.state.silence(now=NOW)
            again = silenced.state.revise(name="Again", how_often=HowOften.DAILY, now=NOW)

            found = []
            for change in (new, silenced, again):
                await it.searches.save(change)
                found.append([one.version for one in await it.searches.matching(document)])
            await it.searches.remove(again.state.id, version=3)

            assert found == [[1], [], [3]]
            assert list(await it.searches.matching(document)) == []
            assert list(await it.searches.matching(SearchDocument(car_id=document.car_id, version=2))) == []

    async def test_searches_come_in_the_order_they_were_saved(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            for number, hours in ((1, 2), (2, 1), (4, 0), (3, 0)):
                await it.searches.save(a_saved_search(number, now=NOW + hours * HOUR))

            assert [one.id.int for one in await it.searches.of_owner(SEEKER)] == [3, 4, 2, 1]

    async def test_who_is_forgotten_leaves_nothing(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            mine, theirs = a_saved_search(1), a_saved_search(2, owner=OTHER)
            for change in (mine, theirs):
                await it.searches.save(change)
                await it.alerts.add([an_alert(change.state)])

            assert await it.searches.forget(SEEKER) == 1

            assert await it.searches.get(mine.state.id) is None
            assert await it.searches.get(theirs.state.id) == theirs.state
            assert [one.id.int for one in await it.searches.matching(seen(Entry.of(a_car(), RATES)))] == [2]
            assert await it.alerts.find(SEEKER) == ()
            assert list(await it.alerts.due(NOW)) == [an_alert(theirs.state).letter]
            assert await it.searches.forget(SEEKER) == 0
