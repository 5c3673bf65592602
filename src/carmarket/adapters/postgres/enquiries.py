"""
Enquiries in a table, each with its messages; and of each message, in which enquiry it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from attrs import frozen
from psycopg import AsyncCursor
from psycopg.rows import TupleRow

from carmarket.adapters.postgres.cars import columns
from carmarket.adapters.postgres.database import Database
from carmarket.adapters.postgres.events import told
from carmarket.adapters.postgres.statements import statements
from carmarket.codec.documents import decode_enquiry, encode
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.enquiries.enquirable import EnquirableCar
from carmarket.core.enquiries.enquiry import Enquiry, EnquiryId, key_reused
from carmarket.core.versions import changed_meanwhile
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.enquiries import EnquirableCars, EnquiryFilter, EnquiryRepository

SQL = statements("enquiries")
TELL = statements("events")["tell"]


@frozen
class PostgresEnquiryRepository(EnquiryRepository):
    """The enquiry is JSON; what is asked for stands beside it."""

    _database: Database

    async def save(self, change: Change[Enquiry]) -> None:
        if not change.is_empty:
            await self._database.transact(lambda cursor: _save(cursor, change))

    async def get(self, enquiry_id: EnquiryId) -> Enquiry | None:
        row = await self._database.row(SQL["get"], {"id": enquiry_id})
        return decode_enquiry(row[0]) if row else None

    async def find(
        self, wanted: EnquiryFilter, *, after: Bookmark | None = None, limit: int = 100
    ) -> Sequence[Enquiry]:
        where, values = _where(wanted, after)
        sql = f"SELECT document FROM enquiries WHERE {where} ORDER BY created_at DESC, id DESC LIMIT %(limit)s"  # noqa: S608  fixed texts and marks
        rows = await self._database.rows(sql, {**values, "limit": limit})
        return tuple(decode_enquiry(document) for (document,) in rows)


@frozen
class PostgresEnquirableCars(EnquirableCars):
    """Cars as rows, each at its newest version."""

    _database: Database

    async def get(self, car_id: CarId) -> EnquirableCar | None:
        row = await self._database.row(SQL["car"], {"id": car_id})
        return _car(*row) if row else None

    async def find(self, *, after: CarId | None = None, limit: int = 100) -> Sequence[EnquirableCar]:
        return tuple(_car(*row) for row in await self._database.rows(SQL["cars"], {"after": after, "limit": limit}))

    async def tell(self, cars: Sequence[EnquirableCar]) -> None:
        if cars:
            await self._database.count(SQL["tell_cars"], columns(cars, lambda car: car.is_enquirable))


def _car(key: UUID, version: int, seller: UUID, is_enquirable: bool) -> EnquirableCar:  # noqa: FBT001  a row's columns
    return EnquirableCar(id=CarId(key), version=version, seller=SellerId(seller), is_enquirable=is_enquirable)


async def _save(cursor: AsyncCursor[TupleRow], change: Change[Enquiry]) -> None:
    enquiry = change.state
    values = {
        "id": enquiry.id, "base": change.base, "version": enquiry.version, "status": enquiry.status.value,
        "seller": enquiry.seller, "customer": enquiry.customer, "assignee": enquiry.assignee,
        "created_at": enquiry.created_at, "document": encode(enquiry),
        "messages": sorted(one.id for one in enquiry.messages),
    }  # fmt: skip
    await cursor.execute(SQL["update" if change.base else "insert"], values)
    if cursor.rowcount != 1:
        raise changed_meanwhile(change.base, await _number(cursor, SQL["version"], values), what="enquiry")
    await cursor.execute(SQL["remember_messages"], values)
    # A message that is in another enquiry already was passed over, and is missing in this one.
    if await _number(cursor, SQL["messages"], values) != len(enquiry.messages):
        raise key_reused()
    await cursor.execute(TELL, told(change.events))


async def _number(cursor: AsyncCursor[TupleRow], sql: str, values: dict[str, Any]) -> int:
    await cursor.execute(sql, values)
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


def _where(wanted: EnquiryFilter, after: Bookmark | None) -> tuple[str, dict[str, Any]]:
    """A condition of fixed texts, and the values of its marks."""
    values: dict[str, Any] = {"seller": wanted.seller, "customer": wanted.customer, "assignee": wanted.assignee}
    conditions = ["true", *(f"{name} = %({name})s" for name, value in values.items() if value is not None)]
    if wanted.statuses:
        names = ", ".join(f"'{status.value}'" for status in sorted(wanted.statuses))
        conditions.append(f"status IN ({names})")
    if after is not None:
        conditions.append("(created_at, id) < (%(at)s, %(id)s)")
        values |= {"at": after.at, "id": after.id}
    return " AND ".join(conditions), values
