"""
Searching: reading what was typed, finding what matches, and what is like it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence

from attrs import evolve, frozen

from carmarket.core.catalog.car import Car, CarId
from carmarket.core.errors import CursorExpiredError, InvalidError, NotFoundError, UnavailableError
from carmarket.core.money import RateTable
from carmarket.core.search.document import Entry, Suggestion
from carmarket.core.search.page import LARGEST_PAGE, Cursor, Page
from carmarket.core.search.plain import plain
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.core.search.reading import Known, Understood, read
from carmarket.core.search.similarity import Similar, candidates, compare
from carmarket.core.search.words import split
from carmarket.ports.clock import Clock
from carmarket.ports.fallback import SearchFallback
from carmarket.ports.search import SearchIndex

Knows = Callable[[Collection[str]], Awaitable[Known]]
CANDIDATES = 50
FALLBACK_VIEW = "fallback"
"""What cursors of the fallback say; no index has a view of this name."""


@frozen(kw_only=True)
class Found:
    """The page, what the words were taken for, and the query that was run."""

    page: Page
    understood: tuple[Understood, ...]
    query: SearchQuery


@frozen(kw_only=True)
class SearchService:
    """
    Nobody has to say who they are to search.

    Where the index is asked over a line and does not answer, a simpler search beside the catalog stands in, and its
    pages say so.
    """

    index: SearchIndex
    clock: Clock
    rates: RateTable
    fallback: SearchFallback | None = None
    """None is needed where the index is in this very process."""

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
        if self.fallback is not None and after is not None and after.view == FALLBACK_VIEW:
            return await self._stand_in(self.fallback, query, after, limit)
        try:
            settled, understood = await self.understand(query)
            page = await self.index.find(settled, now=self.clock.now(), after=after, limit=limit, facets=facets)
        except UnavailableError:
            if self.fallback is None:
                raise
            return await self._stand_in(self.fallback, query, after, limit)
        return Found(page=page, understood=understood, query=settled)

    async def understand(self, query: SearchQuery) -> tuple[SearchQuery, tuple[Understood, ...]]:
        """The query with its words read, and what was understood as filters."""
        return await self._understand(query, self._known)

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
            for hit in (await self.find(query, limit=CANDIDATES)).page.hits:
                if hit.car.id != car_id:
                    compared[hit.car.id] = compare(entry, Entry.of(hit.car, self.rates))
        ranked = sorted(compared.values(), key=lambda similar: (-similar.score, similar.entry.car.id))
        return tuple(ranked[:limit])

    async def suggest(self, typed: str, *, limit: int = 10) -> Sequence[Suggestion]:
        """What could be meant while somebody is typing: makes, models, trims and places."""
        words = split(typed[:100])
        return await self.index.suggest(words, limit=limit) if words else ()

    async def _entry(self, car_id: CarId) -> Entry:
        try:
            document = await self.index.get(car_id)
            entry = document.entry if document else None
        except UnavailableError:
            if self.fallback is None:
                raise
            entry = await self.fallback.get(car_id)
        if entry is None:
            raise NotFoundError("There is no such car.", field="car", value=str(car_id))
        return entry

    async def _known(self, words: Collection[str]) -> Known:
        return await self.index.known(words)

    async def _understand(self, query: SearchQuery, knows: Knows) -> tuple[SearchQuery, tuple[Understood, ...]]:
        if not query.words:
            return _newest_without_words(query), ()
        reading = read(query, self.rates)
        known = await knows(reading.unread) if reading.unread else Known()
        return _newest_without_words(reading.settle(known)), reading.understood

    async def _stand_in(self, fallback: SearchFallback, query: SearchQuery, after: Cursor | None, limit: int) -> Found:
        """A page of the fallback; a walk that begins there ends there, also when the index is back."""
        settled, understood = await self._understand(query, _as_they_stand)
        if after is not None and after.view != FALLBACK_VIEW and (after.view or settled.sort is not Sort.NEWEST):
            raise CursorExpiredError("The index that this page was of is away; begin again.", field="cursor")
        page = await fallback.find(settled, after=after, limit=limit)
        behind = page.next and evolve(page.next, view=FALLBACK_VIEW)
        return Found(page=evolve(page, is_degraded=True, next=behind), understood=understood, query=plain(settled))


async def _as_they_stand(words: Collection[str]) -> Known:
    return Known(words=frozenset(words))


def _newest_without_words(query: SearchQuery) -> SearchQuery:
    """Without words there is nothing to be relevant to."""
    return evolve(query, sort=Sort.NEWEST) if query.sort is Sort.RELEVANCE and not query.terms else query
