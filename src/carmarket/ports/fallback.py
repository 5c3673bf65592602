"""
What finds cars while the search index is away.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from carmarket.core.catalog.car import CarId
from carmarket.core.search.document import Entry, Fact
from carmarket.core.search.page import Cursor, Page
from carmarket.core.search.query import SearchQuery
from carmarket.ports.offer import Port


class SearchFallback(Protocol):
    """
    A simpler search beside the catalog, where the index is asked over a line that may break.

    - `find` finds exactly the cars that match `plain(query)`: filters and exact words, the newest first, equals by
      id. It counts them truly. It counts no facets.
    - `tell` is idempotent and commutes: facts may come twice, late and in any order.
    - Paging walks without holes or repeats: a car that is there throughout is seen once, whatever else changes.
    - A store that does not answer raises UnavailableError.
    """

    @abstractmethod
    async def tell(self, facts: Sequence[Fact]) -> None:
        """
        Take up to 1,000 facts in.

        Of a car the newest version counts. Told once more it is written anew: prices in the base currency are other
        ones at other rates.
        """

    @abstractmethod
    async def get(self, car_id: CarId) -> Entry | None:
        """The car as it is before the public, or `None`."""

    @abstractmethod
    async def find(self, query: SearchQuery, *, after: Cursor | None = None, limit: int = 20) -> Page:
        """
        A page of up to `limit` (1 to 100) cars behind `after`.

        Raises: InvalidError for words that have not been read.
        """


FALLBACK = Port[SearchFallback]("search-fallback")
