"""
What finds cars.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from attrs import frozen

from carmarket.core.catalog.car import CarId
from carmarket.core.search.document import Fact, SearchDocument, Suggestion
from carmarket.core.search.page import Cursor, Page
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.reading import Known
from carmarket.ports.offer import Port


@frozen(kw_only=True)
class Rebuilt:
    """What a rebuild did: how many facts it read, and how many cars can be found now."""

    facts: int
    cars: int


class SearchIndex(Protocol):
    """
    An index of cars.

    - `find` finds exactly the documents that `SearchQuery.matches`, whatever the sort, and counts them truly.
    - `apply` is idempotent and commutes: facts may come twice, late and in any order.
    - A found document shows all facts of one `apply` or none of them.
    - Paging walks without holes or repeats: a car that is there throughout with its sort key unchanged is seen
      once, whatever else changes. By relevance the pages come from one view; CursorExpiredError when it is gone.
    - Facets count, for each choice, what would be found with it (`core/search/facets.py`).
    - One that is asked over a line raises UnavailableError when it does not answer.
    """

    @property
    @abstractmethod
    def is_shared(self) -> bool:
        """Whether all processes of the market have the same one; else each has its own, and has to read all events."""

    @abstractmethod
    async def apply(self, facts: Sequence[Fact], *, position: int | None = None) -> None:
        """
        Take facts in. `position` is how far in the event log they reach; it is kept together with them.

        The position never moves back.
        """

    @abstractmethod
    async def position(self) -> int:
        """How far in the event log the index has come; 0 if it is new."""

    @abstractmethod
    async def get(self, car_id: CarId) -> SearchDocument | None:
        """The document of a car, be it a stub or a tombstone; `None` if nothing was heard of it."""

    @abstractmethod
    async def find(
        self,
        query: SearchQuery,
        *,
        now: datetime,
        after: Cursor | None = None,
        limit: int = 20,
        facets: bool = False,
    ) -> Page:
        """
        A page of up to `limit` (1 to 100) cars, in the query's order, behind `after`.

        `now` is what freshness is measured from. By relevance the best come first (`core/search/relevance.py`);
        elsewhere by `sort_value`, then unknown ones, equals by id.

        Raises: InvalidError for words that have not been read; CursorExpiredError.
        """

    @abstractmethod
    async def known(self, words: Collection[str]) -> Known:
        """Which of the words some findable car has, and with which one of its words begins."""

    @abstractmethod
    async def suggest(self, words: Sequence[str], *, limit: int = 10) -> Sequence[Suggestion]:
        """
        What could be meant: texts of `suggestible` in which each of the words begins some word of the text.

        Counted over findable cars, the most frequent first, equals by text. Words are normalised.
        """

    @abstractmethod
    async def rebuild(self, facts: AsyncIterable[Sequence[Fact]], *, position: int) -> Rebuilt:
        """
        Start over from the given facts, without ever being empty or stopping.

        `position` is the log's last position before the scan began. Facts applied meanwhile go into the old and
        the new index; the new one takes over in one step.
        """


class IndexSnapshots(Protocol):
    """An index that lives in memory and can be put into a file, to start at once."""

    @abstractmethod
    async def save(self, token: UUID, commit: Callable[[], Awaitable[None]]) -> None:
        """
        Write the index, its position and the token; call `commit` before the file takes its name.

        The position is captured with the arrays, with no await in between. A crash leaves the old file or the new one.
        """

    @abstractmethod
    async def stored(self) -> tuple[UUID, int] | None:
        """The token and the position of the stored snapshot; `None` if there is none that can be read."""

    @abstractmethod
    async def load(self) -> bool:
        """Take the stored snapshot's place; whether it could be read."""


SEARCH = Port[SearchIndex]("search")
SNAPSHOTS = Port[IndexSnapshots]("snapshots")
