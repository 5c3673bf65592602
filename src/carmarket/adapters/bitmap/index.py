"""
The search index of one machine: bitmaps and columns in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Collection, Sequence
from datetime import datetime

from attrs import define, field

from carmarket.adapters.bitmap.finding import facets_of, matching
from carmarket.adapters.bitmap.ordering import ranked
from carmarket.adapters.bitmap.relevance import Views
from carmarket.adapters.bitmap.table import Table
from carmarket.codec.cars import decode_car
from carmarket.core.catalog.car import CarId
from carmarket.core.search.document import Fact, SearchDocument, Suggestion
from carmarket.core.search.page import Cursor, Hit, Page
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.core.search.reading import Known
from carmarket.ports.search import Rebuilt, SearchIndex


@define
class BitmapSearchIndex(SearchIndex):
    """Nothing in it awaits while it looks or writes, so whoever asks sees one state."""

    table: Table = field(factory=Table)
    applied: int = 0
    """How far in the event log the table reaches."""
    _coming: list[Table] = field(factory=list)
    """What rebuilds are filling; facts go there too."""
    _views: Views = field(factory=Views)

    @property
    def is_shared(self) -> bool:
        return False

    async def apply(self, facts: Sequence[Fact], *, position: int | None = None) -> None:
        for table in (self.table, *self._coming):
            table.apply(facts)
        self.applied = max(self.applied, position or 0)

    async def position(self) -> int:
        return self.applied

    async def get(self, car_id: CarId) -> SearchDocument | None:
        return self.table.document(car_id)

    async def find(
        self,
        query: SearchQuery,
        *,
        now: datetime,
        after: Cursor | None = None,
        limit: int = 20,
        facets: bool = False,
    ) -> Page:
        query.demand_read()
        table = self.table
        found = matching(table, query)
        if query.sort is Sort.RELEVANCE:
            slots, following = self._views.page(table, query, found, now=now, after=after, limit=limit)
        else:
            shown = ranked(table, query, found, after, limit + 1)
            slots = [one.slot for one in shown[:limit]]
            following = shown[limit - 1].cursor if len(shown) > limit else None
        return Page(
            hits=tuple(_hit(table, slot, query) for slot in slots),
            total=len(found),
            facets=facets_of(table, query, found) if facets else None,
            next=following,
        )

    async def known(self, words: Collection[str]) -> Known:
        return Known(
            words=frozenset(word for word in words if self.table.words.is_known(word)),
            prefixes=frozenset(word for word in words if self.table.words.begins(word)),
        )

    async def suggest(self, words: Sequence[str], *, limit: int = 10) -> Sequence[Suggestion]:
        return self.table.suggestions.suggest(words, limit)

    async def rebuild(self, facts: AsyncIterable[Sequence[Fact]], *, position: int) -> Rebuilt:
        fresh = Table()
        self._coming.append(fresh)
        read = 0
        try:
            async for batch in facts:
                fresh.apply(batch)
                read += len(batch)
                await asyncio.sleep(0)
        finally:
            self._coming = [table for table in self._coming if table is not fresh]
        self._views.clear()
        self.table = fresh
        self.applied = max(self.applied, position)
        return Rebuilt(facts=read, cars=len(fresh.live))


def _hit(table: Table, slot: int, query: SearchQuery) -> Hit:
    distance = None
    if query.near is not None and slot in table.places.known:
        distance = int(query.near.point.distance_m(table.places.point(slot)))
    return Hit(car=decode_car(table.payload(slot)), distance_m=distance)
