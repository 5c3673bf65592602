"""
Enquiries in a table, each with its messages; and of each message, in which enquiry it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from attrs import frozen

from carmarket.adapters.sqlite.database import Database
from carmarket.adapters.sqlite.events import event_rows
from carmarket.adapters.sqlite.statements import statements
from carmarket.codec.documents import decode_enquiry, encode
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.enquiries.enquirable import EnquirableCar
from carmarket.core.enquiries.enquiry import Enquiry, EnquiryId, key_reused
from carmarket.core.period import milliseconds
from carmarket.core.versions import changed_meanwhile
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.enquiries import EnquirableCars, EnquiryFilter, EnquiryRepository

SQL = statements("enquiries")
RECORD = statements("events")["record"]


@frozen
class SqliteEnquiryRepository(EnquiryRepository):
    """The enquiry is JSON; what is asked for stands beside it."""

    _database: Database

    async def save(self, change: Change[Enquiry]) -> None:
        if not change.is_empty:
            await self._database.write(lambda it: _save(it, change))

    async def get(self, enquiry_id: EnquiryId) -> Enquiry | None:
        row = await self._database.read(lambda it: it.execute(SQL["get"], (enquiry_id.bytes,)).fetchone())
        return decode_enquiry(row[0]) if row else None

    async def find(
        self, wanted: EnquiryFilter, *, after: Bookmark | None = None, limit: int = 100
    ) -> Sequence[Enquiry]:
        where, values = _where(wanted, after)
        sql = f"SELECT document FROM enquiries WHERE {where} ORDER BY created_at DESC, id DESC LIMIT ?"  # noqa: S608  fixed texts and marks
        rows = await self._database.read(lambda it: it.execute(sql, (*values, limit)).fetchall())
        return tuple(decode_enquiry(document) for (document,) in rows)


@frozen
class SqliteEnquirableCars(EnquirableCars):
    """Cars as rows, each at its newest version."""

    _database: Database

    async def get(self, car_id: CarId) -> EnquirableCar | None:
        row = await self._database.read(lambda it: it.execute(SQL["car"], (car_id.bytes,)).fetchone())
        return _car(*row) if row else None

    async def find(self, *, after: CarId | None = None, limit: int = 100) -> Sequence[EnquirableCar]:
        values = (after.bytes if after else b"", limit)
        rows = await self._database.read(lambda it: it.execute(SQL["cars"], values).fetchall())
        return tuple(_car(*row) for row in rows)

    async def tell(self, cars: Sequence[EnquirableCar]) -> None:
        rows = [(car.id.bytes, car.version, car.seller.bytes, int(car.is_enquirable)) for car in cars]
        if rows:
            await self._database.write(lambda it: it.executemany(SQL["tell_car"], rows).rowcount)


def _car(key: bytes, version: int, seller: bytes, is_enquirable: int) -> EnquirableCar:
    return EnquirableCar(
        id=CarId(UUID(bytes=key)),
        version=version,
        seller=SellerId(UUID(bytes=seller)),
        is_enquirable=bool(is_enquirable),
    )


def _save(connection: sqlite3.Connection, change: Change[Enquiry]) -> None:
    enquiry = change.state
    values = {
        "id": enquiry.id.bytes,
        "base": change.base,
        "version": enquiry.version,
        "status": enquiry.status.value,
        "seller": enquiry.seller.bytes,
        "customer": None if enquiry.customer is None else enquiry.customer.bytes,
        "assignee": None if enquiry.assignee is None else enquiry.assignee.bytes,
        "created_at": milliseconds(enquiry.created_at),
        "document": encode(enquiry),
    }
    if connection.execute(SQL["update" if change.base else "insert"], values).rowcount != 1:
        found = connection.execute(SQL["version"], (enquiry.id.bytes,)).fetchone()
        raise changed_meanwhile(change.base, found[0] if found else 0, what="enquiry")
    connection.executemany(SQL["remember_message"], [(one.id.bytes, enquiry.id.bytes) for one in enquiry.messages])
    # A message that is in another enquiry already was passed over, and is missing in this one.
    if connection.execute(SQL["messages"], (enquiry.id.bytes,)).fetchone()[0] != len(enquiry.messages):
        raise key_reused()
    connection.executemany(RECORD, event_rows(change.events))


def _where(wanted: EnquiryFilter, after: Bookmark | None) -> tuple[str, list[Any]]:
    """A condition of fixed texts, and the values of its marks."""
    conditions: list[str] = ["1"]
    values: list[Any] = []
    for column, value in (
        ("seller", wanted.seller), ("customer", wanted.customer), ("assignee", wanted.assignee),
    ):  # fmt: skip
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value.bytes)
    if wanted.statuses:
        names = ", ".join(f"'{status.value}'" for status in sorted(wanted.statuses))
        conditions.append(f"status IN ({names})")
    if after is not None:
        conditions.append("(created_at, id) < (?, ?)")
        values += [milliseconds(after.at), after.id.bytes]
    return " AND ".join(conditions), values
