"""
A search index whose cars are kept as copies, for as long as nothing is heard of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection, Sequence
from datetime import datetime, timedelta

from attrs import field, frozen
from msgspec import MsgspecError

from carmarket.adapters.caching.flights import Flights
from carmarket.codec.cars import decode_document, encode_document
from carmarket.core.catalog.car import CarId
from carmarket.core.search.document import Fact, SearchDocument, Suggestion
from carmarket.core.search.page import Cursor, Page
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.reading import Known
from carmarket.ports.cache import Cache
from carmarket.ports.search import Rebuilt, SearchIndex

KEPT = timedelta(seconds=30)
"""
For so long a copy may be stale at worst: a process fetches a car, another takes its next version in and forgets the
copy that is not there yet, and the first one puts it.
"""


@frozen
class CachedSearchIndex(SearchIndex):
    """Only single cars are kept: what a search finds changes with every car."""

    _index: SearchIndex
    _cache: Cache
    _flights: Flights[SearchDocument | None] = field(factory=Flights, init=False)

    @property
    def is_shared(self) -> bool:
        return self._index.is_shared

    async def get(self, car_id: CarId) -> SearchDocument | None:
        name = _name(car_id)
        copy = await self._cache.get(name)
        document = None if copy is None else _decoded(copy)
        return document or await self._flights.join(name, lambda: self._fetch(car_id))

    async def apply(self, facts: Sequence[Fact], *, position: int | None = None) -> None:
        await self._index.apply(facts, position=position)
        names = {_name(fact.car_id) for fact in facts}
        for name in names:
            self._flights.call_off(name)
        if names:
            await self._cache.forget(names)

    async def position(self) -> int:
        return await self._index.position()

    async def find(
        self,
        query: SearchQuery,
        *,
        now: datetime,
        after: Cursor | None = None,
        limit: int = 20,
        facets: bool = False,
    ) -> Page:
        return await self._index.find(query, now=now, after=after, limit=limit, facets=facets)

    async def known(self, words: Collection[str]) -> Known:
        return await self._index.known(words)

    async def suggest(self, words: Sequence[str], *, limit: int = 10) -> Sequence[Suggestion]:
        return await self._index.suggest(words, limit=limit)

    async def rebuild(self, facts: AsyncIterable[Sequence[Fact]], *, position: int) -> Rebuilt:
        return await self._index.rebuild(facts, position=position)

    async def _fetch(self, car_id: CarId) -> SearchDocument | None:
        name, document = _name(car_id), await self._index.get(car_id)
        if document is not None and self._flights.is_current(name):
            await self._cache.put(name, encode_document(document), KEPT)
        return document


def _name(car_id: CarId) -> str:
    return f"car {car_id}"


def _decoded(copy: bytes) -> SearchDocument | None:
    """`None` for a copy that another version of carmarket made, in another form."""
    try:
        return decode_document(copy)
    except MsgspecError:
        return None
