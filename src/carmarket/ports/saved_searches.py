"""
Where saved searches and their alerts are kept, and which searches find a car.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from carmarket.core.change import Change
from carmarket.core.search.alerts import Alert, AlertPosition
from carmarket.core.search.document import SearchDocument
from carmarket.core.search.saved import SavedSearch, SavedSearchId
from carmarket.core.users.ids import UserId
from carmarket.ports.offer import Port


class SavedSearches(Protocol):
    """
    The store of saved searches, and the way back from a car to them.

    - What was saved is read back equal in every field.
    - Of two writers that start from the same version one wins; the other gets ConcurrencyConflictError.
    - A search that goes takes its alerts with it.
    - A store that does not answer raises UnavailableError.
    """

    @abstractmethod
    async def get(self, search_id: SavedSearchId) -> SavedSearch | None:
        """The search as last saved, or `None`."""

    @abstractmethod
    async def save(self, change: Change[SavedSearch]) -> None:
        """
        Write one change; one whose state has the version it started from writes nothing.

        Raises: ConcurrencyConflictError if the stored version is not `change.base` (0: there is none);
            TooManySavedSearchesError for a new one of an owner who has 100, under any concurrency.
        """

    @abstractmethod
    async def remove(self, search_id: SavedSearchId, *, version: int) -> None:
        """Forget a search. Raises: ConcurrencyConflictError if it is not there at this version."""

    @abstractmethod
    async def forget(self, owner: UserId) -> int:
        """Forget all searches of a person; how many there were."""

    @abstractmethod
    async def of_owner(self, owner: UserId) -> Sequence[SavedSearch]:
        """All searches of a person, the oldest first, equals by id."""

    @abstractmethod
    async def owners(self, *, after: UserId | None = None, limit: int = 100) -> Sequence[UserId]:
        """Up to `limit` (1 to 1,000) of the people behind `after` who have saved searches, sorted by id."""

    @abstractmethod
    async def matching(self, document: SearchDocument) -> Sequence[SavedSearch]:
        """
        Exactly the active searches whose query matches the document, by id.

        Only those that share a key with it (`core/search/keys.py`) are looked at, not all that there are.
        """


class AlertLog(Protocol):
    """
    The alerts of saved searches; each is written once and told in one letter.

    - What was added is read back equal in every field; `told_at` alone changes.
    - A letter has up to 1,000 alerts here; more of them are neither shown nor counted.
    """

    @abstractmethod
    async def add(self, alerts: Sequence[Alert]) -> int:
        """Write those of up to 1,000 alerts that are not there yet and whose search is; how many that were."""

    @abstractmethod
    async def find(
        self,
        owner: UserId,
        *,
        search_id: SavedSearchId | None = None,
        after: AlertPosition | None = None,
        limit: int = 100,
    ) -> Sequence[Alert]:
        """Up to `limit` (1 to 1,000) alerts of a person behind `after`, the newest first, equals by id."""

    @abstractmethod
    async def counts(self, searches: Collection[SavedSearchId], since: datetime) -> Mapping[SavedSearchId, int]:
        """How many alerts of up to 1,000 searches are no older; those that have none are left out."""

    @abstractmethod
    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[UUID]:
        """Up to `limit` letters that are due and not told, those that are due longest first, equals by id."""

    @abstractmethod
    async def of_letter(self, letter: UUID) -> Sequence[Alert]:
        """The alerts of a letter, by id."""

    @abstractmethod
    async def tell(self, letter: UUID, *, now: datetime) -> None:
        """Note that the letter is sent; nothing changes if that was noted before."""

    @abstractmethod
    async def prune(self, before: datetime) -> int:
        """Forget up to 10,000 alerts that were told before; how many went."""


SAVED_SEARCHES = Port[SavedSearches]("saved-searches")
ALERTS = Port[AlertLog]("alerts")
