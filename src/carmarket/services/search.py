"""
Searching: reading what was typed, finding what matches, and what is like it.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from carmarket.core.catalog.car import Car, CarId
from carmarket.core.errors import InvalidError, NotFoundError
from carmarket.core.money import RateTable
from carmarket.core.search.document import Entry, Suggestion
from carmarket.core.search.page import LARGEST_PAGE, Cursor, Page
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.core.search.reading import Known, Understood, read
from carmarket.core.search.similarity import Similar, candidates, compare
from carmarket.core.search.words import split
from carmarket.ports.clock import Clock
from carmarket.ports.search import SearchIndex

CANDIDATES = 50


@frozen(kw_only=True)
class Found:
    """The page, what the words were taken for, and the query that was run."""

    page: Page
    understood: tuple[Understood, ...]
    query: SearchQuery


@frozen(kw_only=True)
class SearchService:
    """Nobody has to say who they are to search."""

    index: SearchIndex
    clock: Clock
    rates: RateTable

    async def find(
        self, query: SearchQuery, *, after: Cursor | None = None, limit: int = 20, facets: bool = False
    ) -> Found:
        """
        A page of the cars that the query means, of at most 100.

        Its words are read first: numbers with units and trade words become filters, names may be misspelt. Without
        words left there is nothing to be relevant to, so the newest come first.

        Raises: InvalidError for a page of no or more than 100 cars; CursorExpiredError.
        """
        if not 1 <= limit <= LARGEST_PAGE:
            raise InvalidError("A page has 1 to 100 cars.", field="limit", value=limit, expected="1 to 100")
        settled, understood = await self.understand(query)
        page = await self.index.find(settled, now=self.clock.now(), after=after, limit=limit, facets=facets)
        return Found(page=page, understood=understood, query=settled)

    async def understand(self, query: SearchQuery) -> tuple[SearchQuery, tuple[Understood, ...]]:
        """The query with its words read, and what was understood as filters."""
        if not query.words:
            return _newest_without_words(query), ()
        reading = read(query, self.rates)
        known = await self.index.known(reading.unread) if reading.unread else Known()
        return _newest_without_words(reading.settle(known)), reading.understood

    async def car(self, car_id: CarId) -> Car:
        """
        A car before the public.

        Raises: NotFoundError.
        """
        return (await self._entry(car_id)).car

    async def similar(self, car_id: CarId, *, limit: int = 6) -> Sequence[Similar]:
        """Cars like this one, the most alike first, each with its reasons."""
        entry = await self._entry(car_id)
        compared: dict[CarId, Similar] = {}
        for query in candidates(entry):
            page = await self.index.find(query, now=self.clock.now(), limit=CANDIDATES)
            for hit in page.hits:
                if hit.car.id != car_id:
                    compared[hit.car.id] = compare(entry, Entry.of(hit.car, self.rates))
        ranked = sorted(compared.values(), key=lambda similar: (-similar.score, similar.entry.car.id))
        return tuple(ranked[:limit])

    async def suggest(self, typed: str, *, limit: int = 10) -> Sequence[Suggestion]:
        """What could be meant while somebody is typing: makes, models, trims and places."""
        words = split(typed[:100])
        return await self.index.suggest(words, limit=limit) if words else ()

    async def _entry(self, car_id: CarId) -> Entry:
        document = await self.index.get(car_id)
        if document is None or document.entry is None:
            raise NotFoundError("There is no such car.", field="car", value=str(car_id))
        return document.entry


def _newest_without_words(query: SearchQuery) -> SearchQuery:
    """Without words there is nothing to be relevant to."""
    return evolve(query, sort=Sort.NEWEST) if query.sort is Sort.RELEVANCE and not query.terms else query
