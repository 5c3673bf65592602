"""
Where listings are kept.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.core.change import Change
from carmarket.core.errors import CarmarketError
from carmarket.ports.offer import Port

LARGEST_BATCH = 1_000


@frozen(kw_only=True)
class ListingFilter:
    """Which listings; a field that says nothing lets all pass."""

    seller: SellerId | None = None
    statuses: frozenset[ListingStatus] = frozenset()
    expires_by: datetime | None = None
    """Those whose `expires_at` is at or before this moment."""
    vins: frozenset[str] | None = None
    """Those with one of up to 1,000 VINs."""


@frozen
class Rejected:
    """A change that could not be written, and why."""

    change: Change[Listing]
    reason: CarmarketError


class ListingRepository(Protocol):
    """
    The catalog's store.

    - What was saved is read back equal in every field.
    - `save` writes the state and its events in one atomic step, or neither; they are in the event log in the
      order of the aggregate's versions.
    - Of two writers that start from the same version one wins; the other gets ConcurrencyConflictError.
    - Among the listings in a `LIVE` state a VIN is unique: VinTakenError.
    - A change whose state has the version it started from writes nothing and raises nothing.
    - A store that does not answer raises UnavailableError; nothing else of a driver comes through.
    """

    @abstractmethod
    async def get(self, listing_id: ListingId) -> Listing | None:
        """The listing as last saved, or `None`."""

    @abstractmethod
    async def get_many(self, listing_ids: Collection[ListingId]) -> Sequence[Listing]:
        """Those of up to 1,000 listings that there are, sorted by id."""

    @abstractmethod
    async def find(
        self, wanted: ListingFilter, *, after: ListingId | None = None, limit: int = 100
    ) -> Sequence[Listing]:
        """Up to `limit` (1 to 1,000) of the wanted listings behind `after`, sorted by id."""

    @abstractmethod
    async def count(self, wanted: ListingFilter) -> int:
        """How many listings are wanted."""

    @abstractmethod
    async def save(self, change: Change[Listing]) -> None:
        """
        Write one change.

        Raises: ConcurrencyConflictError if the stored version is not `change.base` (0: there is none);
            VinTakenError.
        """

    @abstractmethod
    async def save_all(self, changes: Sequence[Change[Listing]]) -> Sequence[Rejected]:
        """
        Write up to 1,000 changes of different listings; what cannot be written is returned with its reason.

        All that is written is written in one transaction; one rejected change does not stop the rest. They
        are taken in the order of their ids, so that of two with one VIN the lower id wins.
        """


LISTINGS = Port[ListingRepository]("listings")
