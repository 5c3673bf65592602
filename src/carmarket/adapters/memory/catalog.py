"""
Listings in a dictionary.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from attrs import define, field

from carmarket.adapters.memory.store import MemoryStore
from carmarket.core.catalog.lifecycle import LIVE
from carmarket.core.catalog.listing import Listing, ListingId, taken_vin
from carmarket.core.change import Change
from carmarket.core.errors import CarmarketError
from carmarket.core.versions import demand_base
from carmarket.ports.catalog import ListingFilter, ListingRepository, Rejected


@define
class MemoryListingRepository(ListingRepository):
    """Every method runs without an await inside, so each is atomic."""

    _store: MemoryStore
    _listings: dict[ListingId, Listing] = field(factory=dict)
    _live_vins: dict[str, ListingId] = field(factory=dict)

    async def get(self, listing_id: ListingId) -> Listing | None:
        return self._listings.get(listing_id)

    async def get_many(self, listing_ids: Collection[ListingId]) -> Sequence[Listing]:
        return tuple(self._listings[listing_id] for listing_id in sorted(set(listing_ids) & self._listings.keys()))

    async def find(
        self, wanted: ListingFilter, *, after: ListingId | None = None, limit: int = 100
    ) -> Sequence[Listing]:
        found = sorted(
            (listing for listing in self._wanted(wanted) if after is None or listing.id > after),
            key=lambda listing: listing.id,
        )
        return tuple(found[:limit])

    async def count(self, wanted: ListingFilter) -> int:
        return sum(1 for _ in self._wanted(wanted))

    async def save(self, change: Change[Listing]) -> None:
        self._write(change)

    async def save_all(self, changes: Sequence[Change[Listing]]) -> Sequence[Rejected]:
        rejected = []
        for change in sorted(changes, key=lambda change: change.state.id):
            try:
                self._write(change)
            except CarmarketError as reason:
                rejected.append(Rejected(change, reason))
        return tuple(rejected)

    def _wanted(self, wanted: ListingFilter) -> Iterator[Listing]:
        for listing in self._listings.values():
            due = wanted.expires_by is None or (
                listing.expires_at is not None and listing.expires_at <= wanted.expires_by
            )
            if (
                due
                and wanted.seller in (None, listing.seller)
                and (not wanted.statuses or listing.status in wanted.statuses)
                and (wanted.vins is None or listing.details.vin in wanted.vins)
            ):
                yield listing

    def _write(self, change: Change[Listing]) -> None:
        listing = change.state
        if listing.version == change.base:
            return
        stored = self._listings.get(listing.id)
        demand_base(stored, change, what="listing")
        self._hold_vin(listing, stored)
        self._listings[listing.id] = listing
        self._store.record(change.events)

    def _hold_vin(self, listing: Listing, stored: Listing | None) -> None:
        """Keep the table of live VINs, or refuse a VIN that another live listing has."""
        vin = listing.details.vin if listing.status in LIVE else None
        if vin is not None and self._live_vins.get(vin, listing.id) != listing.id:
            raise taken_vin(listing)
        before = stored.details.vin if stored and stored.status in LIVE else None
        if before is not None:
            self._live_vins.pop(before, None)
        if vin is not None:
            self._live_vins[vin] = listing.id
