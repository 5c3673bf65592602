"""
The fallback of a search that is elsewhere, by looking at every car.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, field, frozen

from carmarket.adapters.memory.search import hit_of, page_of_sort
from carmarket.core.catalog.car import CarId
from carmarket.core.search.document import Entry, Fact, ListingFact, SearchDocument
from carmarket.core.search.page import Cursor, Page
from carmarket.core.search.plain import plain
from carmarket.core.search.query import SearchQuery
from carmarket.ports.fallback import SearchFallback


@frozen
class MemorySearchFallback(SearchFallback):
    """Documents in a dictionary, and each query asked of each of them."""

    _documents: dict[CarId, SearchDocument] = field(factory=dict)

    async def tell(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            known = self._documents.get(fact.car_id) or SearchDocument(car_id=fact.car_id)
            if isinstance(fact, ListingFact) and fact.version == known.version:
                self._documents[fact.car_id] = evolve(known, entry=fact.entry)
            else:
                self._documents[fact.car_id] = known.applied(fact)

    async def get(self, car_id: CarId) -> Entry | None:
        document = self._documents.get(car_id)
        return document.entry if document else None

    async def find(self, query: SearchQuery, *, after: Cursor | None = None, limit: int = 20) -> Page:
        query.demand_read()
        asked = plain(query)
        found = [document for document in self._documents.values() if asked.matches(document)]
        shown, cursor = page_of_sort(asked, found, after, limit)
        return Page(hits=tuple(hit_of(document, asked) for document in shown), total=len(found), next=cursor)
