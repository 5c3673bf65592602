"""
Listings in a table, their events beside them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

from attrs import frozen

from carmarket.adapters.sqlite.database import Database
from carmarket.adapters.sqlite.events import event_rows
from carmarket.adapters.sqlite.statements import statements
from carmarket.codec.documents import decode_listing, encode
from carmarket.core.catalog.admission import Stored, refusal
from carmarket.core.catalog.lifecycle import LIVE, ListingStatus
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.core.change import Change
from carmarket.core.period import milliseconds
from carmarket.ports.catalog import ListingFilter, ListingRepository, Rejected

SQL = statements("listings")
RECORD = statements("events")["record"]
LIVE_NAMES = frozenset(status.value for status in LIVE)


@frozen
class SqliteListingRepository(ListingRepository):
    """The documents are JSON; what is asked by stands in columns of its own."""

    _database: Database

    async def get(self, listing_id: ListingId) -> Listing | None:
        row = await self._database.read(lambda it: it.execute(SQL["get"], (listing_id.bytes,)).fetchone())
        return decode_listing(row[0]) if row else None

    async def get_many(self, listing_ids: Collection[ListingId]) -> Sequence[Listing]:
        ids = [one.bytes for one in set(listing_ids)]
        sql = f"SELECT document FROM listings WHERE id IN ({_marks(ids)}) ORDER BY id"  # noqa: S608  marks only
        return await self._listings(sql, ids)

    async def find(
        self, wanted: ListingFilter, *, after: ListingId | None = None, limit: int = 100
    ) -> Sequence[Listing]:
        where, values = _where(wanted, after)
        sql = f"SELECT document FROM {_source(wanted)} WHERE {where} ORDER BY id LIMIT ?"  # noqa: S608  fixed texts and marks
        return await self._listings(sql, [*values, limit])

    async def count(self, wanted: ListingFilter) -> int:
        where, values = _where(wanted, None)
        sql = f"SELECT count(*) FROM {_source(wanted)} WHERE {where}"  # noqa: S608  fixed texts and marks
        row = await self._database.read(lambda it: it.execute(sql, values).fetchone())
        return int(row[0])

    async def save(self, change: Change[Listing]) -> None:
        for rejected in await self.save_all([change]):
            raise rejected.reason

    async def save_all(self, changes: Sequence[Change[Listing]]) -> Sequence[Rejected]:
        ordered = sorted((one for one in changes if one.state.version != one.base), key=lambda one: one.state.id)
        if not ordered:
            return ()
        return await self._database.write(lambda it: _write(it, ordered))

    async def _listings(self, sql: str, values: Sequence[Any]) -> Sequence[Listing]:
        rows = await self._database.read(lambda it: it.execute(sql, values).fetchall())
        return tuple(decode_listing(document) for (document,) in rows)


def _write(connection: sqlite3.Connection, changes: Sequence[Change[Listing]]) -> Sequence[Rejected]:
    """Inside one transaction nobody else writes: what can be written is known before anything is."""
    stored = _stored(connection, [change.state.id.bytes for change in changes])
    holders = _holders(connection, {vin for change in changes if (vin := change.state.details.vin)})
    accepted: list[Change[Listing]] = []
    rejected: list[Rejected] = []
    for change in changes:
        refused = refusal(change.state, change.base, key=change.state.id.bytes, stored=stored, holders=holders)
        if refused is None:
            accepted.append(change)
        else:
            rejected.append(Rejected(change, refused))
    # Updates first: they may free a VIN that a new listing takes.
    connection.executemany(SQL["update"], [(*_row(change), change.base) for change in accepted if change.base])
    connection.executemany(SQL["insert"], [_row(change) for change in accepted if not change.base])
    connection.executemany(RECORD, [row for change in accepted for row in event_rows(change.events)])
    return tuple(rejected)


def _stored(connection: sqlite3.Connection, ids: list[bytes]) -> Stored[bytes]:
    """The version of each listing that is there, and its VIN if it holds one."""
    sql = f"SELECT id, version, status, vin FROM listings WHERE id IN ({_marks(ids)})"  # noqa: S608  marks only
    rows = connection.execute(sql, ids)
    return {key: (version, vin if status in LIVE_NAMES else None) for key, version, status, vin in rows}


def _holders(connection: sqlite3.Connection, vins: Collection[str]) -> dict[str, bytes]:
    """Which live listing has each of the VINs."""
    live = "status IN ('pending', 'published', 'paused', 'reserved')"
    sql = f"SELECT vin, id FROM listings WHERE vin IN ({_marks(vins)}) AND vin IS NOT NULL AND {live}"  # noqa: S608  marks only
    return dict(connection.execute(sql, list(vins)).fetchall())


def _row(change: Change[Listing]) -> tuple[Any, ...]:
    """The values of the columns, by number: a quarter faster than by name."""
    listing = change.state
    return (
        listing.id.bytes,
        listing.version,
        listing.status.value,
        listing.seller.bytes,
        listing.details.vin,
        milliseconds(listing.expires_at) if listing.expires_at else None,
        encode(listing),
    )


def _source(wanted: ListingFilter) -> str:
    """SQLite would rather walk all published listings than sort the few that have run out."""
    is_expiry = wanted.expires_by is not None and wanted.statuses == {ListingStatus.PUBLISHED}
    return "listings INDEXED BY listings_by_expiry" if is_expiry else "listings"


def _where(wanted: ListingFilter, after: ListingId | None) -> tuple[str, list[Any]]:
    """A condition of fixed texts, and the values of its marks."""
    conditions: list[str] = ["1"]
    values: list[Any] = []
    if wanted.seller is not None:
        conditions.append("seller = ?")
        values.append(wanted.seller.bytes)
    if wanted.expires_by is not None:
        conditions.append("expires_at <= ?")
        values.append(milliseconds(wanted.expires_by))
    if wanted.statuses:
        names = [f"'{status.value}'" for status in sorted(wanted.statuses)]
        conditions.append(f"status IN ({', '.join(names)})" if len(names) > 1 else f"status = {names[0]}")
    if wanted.vins is not None:
        conditions.append(f"vin IN ({_marks(wanted.vins)}) AND vin IS NOT NULL")
        values += sorted(wanted.vins)
    if after is not None:
        conditions.append("id > ?")
        values.append(after.bytes)
    return " AND ".join(conditions), values


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))
