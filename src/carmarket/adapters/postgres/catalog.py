"""
Listings in a table: one command a change, and a copy for batches.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from attrs import frozen
from psycopg import AsyncCursor
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow

from carmarket.adapters.postgres.database import Database, Values
from carmarket.adapters.postgres.events import told, told_rows
from carmarket.adapters.postgres.statements import statements
from carmarket.codec.documents import decode_listing, encode
from carmarket.core.catalog.admission import refusal
from carmarket.core.catalog.listing import Listing, ListingId, taken_vin
from carmarket.core.change import Change
from carmarket.core.versions import changed_meanwhile
from carmarket.ports.catalog import ListingFilter, ListingRepository, Rejected

SQL = statements("listings")
Changes = Sequence[Change[Listing]]
LISTING_TYPES = ("uuid", "int8", "text", "uuid", "text", "timestamptz", "bytea")
TOLD_TYPES = ("int2", "uuid", "int8", "text", "int4", "timestamptz", "bytea")


@frozen
class PostgresListingRepository(ListingRepository):
    """The documents are JSON; what is asked by stands in columns of its own."""

    _database: Database

    async def get(self, listing_id: ListingId) -> Listing | None:
        row = await self._database.row(SQL["get"], {"id": listing_id})
        return decode_listing(row[0]) if row else None

    async def get_many(self, listing_ids: Collection[ListingId]) -> Sequence[Listing]:
        return await self._listings(SQL["get_many"], {"ids": list(set(listing_ids))})

    async def find(
        self, wanted: ListingFilter, *, after: ListingId | None = None, limit: int = 100
    ) -> Sequence[Listing]:
        where, values = _where(wanted, after)
        sql = f"SELECT document FROM listings WHERE {where} ORDER BY id LIMIT %(limit)s"  # noqa: S608  fixed texts and marks
        return await self._listings(sql, {**values, "limit": limit})

    async def count(self, wanted: ListingFilter) -> int:
        where, values = _where(wanted, None)
        return int((await self._database.rows(f"SELECT count(*) FROM listings WHERE {where}", values))[0][0])  # noqa: S608  likewise

    async def save(self, change: Change[Listing]) -> None:
        if change.is_empty:
            return
        if not change.events:  # by one command it is seen to be written by its events
            for rejected in await self.save_all([change]):
                raise rejected.reason
            return
        values = {**_row(change.state), "base": change.base, **told(change.events)}
        try:
            written = await self._database.count(SQL["update" if change.base else "insert"], values)
        except UniqueViolation as taken:
            raise taken_vin(change.state) from taken
        if not written:
            row = await self._database.row(SQL["version"], values)
            raise changed_meanwhile(change.base, row[0] if row else 0, what="listing")

    async def save_all(self, changes: Changes) -> Sequence[Rejected]:
        ordered = sorted((one for one in changes if one.state.version != one.base), key=lambda one: one.state.id)
        if not ordered:
            return ()
        return await self._database.transact(lambda cursor: _write(cursor, ordered), is_long=True)

    async def _listings(self, sql: str, values: Values) -> Sequence[Listing]:
        return tuple(decode_listing(document) for (document,) in await self._database.rows(sql, values))


async def _write(cursor: AsyncCursor[TupleRow], changes: Changes) -> Sequence[Rejected]:
    """
    What can be written is known from what there is; who was faster in between breaks the transaction, and what they
    have written is there when it begins anew.
    """
    await cursor.execute(SQL["stored"], {"ids": [change.state.id for change in changes]})
    stored = {key: (version, vin) for key, version, vin in await cursor.fetchall()}
    vins = sorted({vin for change in changes if (vin := change.state.details.vin)})
    await cursor.execute(SQL["holders"], {"vins": vins})
    holders: dict[str, ListingId] = dict(await cursor.fetchall())
    accepted: list[Change[Listing]] = []
    rejected: list[Rejected] = []
    for change in changes:
        refused = refusal(change.state, change.base, key=change.state.id, stored=stored, holders=holders)
        if refused is None:
            accepted.append(change)
        else:
            rejected.append(Rejected(change, refused))
    # Updates first: they may free a VIN that a new listing takes.
    await _update(cursor, [change.state for change in accepted if change.base])
    await _copy(cursor, SQL["copy"], LISTING_TYPES, [_values(one.state) for one in accepted if not one.base])
    events = [event for change in accepted for event in change.events]
    await _copy(cursor, SQL["copy_told"], TOLD_TYPES, list(told_rows(events)))
    return tuple(rejected)


async def _update(cursor: AsyncCursor[TupleRow], listings: Sequence[Listing]) -> None:
    if not listings:
        return
    columns = ("ids", "versions", "statuses", "sellers", "vins", "expiries", "documents")
    rows = map(_values, listings)
    await cursor.execute(SQL["update_many"], dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))


async def _copy(cursor: AsyncCursor[TupleRow], sql: str, types: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    async with cursor.copy(sql) as copy:
        copy.set_types(types)
        for row in rows:
            await copy.write_row(row)


def _row(listing: Listing) -> dict[str, Any]:
    names = ("id", "version", "status", "seller", "vin", "expires_at", "document")
    return dict(zip(names, _values(listing), strict=True))


def _values(listing: Listing) -> tuple[Any, ...]:
    return (
        listing.id, listing.version, listing.status.value, listing.seller, listing.details.vin, listing.expires_at,
        encode(listing),
    )  # fmt: skip


def _where(wanted: ListingFilter, after: ListingId | None) -> tuple[str, dict[str, Any]]:
    """A condition of fixed texts, and the values of its marks."""
    conditions: list[str] = ["true"]
    if wanted.seller is not None:
        conditions.append("seller = %(seller)s")
    if wanted.expires_by is not None:
        conditions.append("expires_at <= %(expires_by)s")
    if wanted.statuses:
        names = ", ".join(f"'{status.value}'" for status in sorted(wanted.statuses))
        conditions.append(f"status IN ({names})")
    if wanted.vins is not None:
        conditions.append("vin = ANY(%(vins)s)")
    if after is not None:
        conditions.append("id > %(after)s")
    values = {
        "seller": wanted.seller, "expires_by": wanted.expires_by, "after": after,
        "vins": sorted(wanted.vins) if wanted.vins is not None else None,
    }  # fmt: skip
    return " AND ".join(conditions), values
