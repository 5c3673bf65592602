"""
Bookings in a table; the one writer looks at the neighbour before it writes.
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
from carmarket.codec.documents import decode_booking, decode_rules, encode
from carmarket.core.booking.booking import Booking, BookingId, NotBookableError, PeriodTakenError
from carmarket.core.booking.rules import BookableCar, DealerRules
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.period import Period, milliseconds
from carmarket.core.versions import changed_meanwhile
from carmarket.ports.booking import BookingFilter, BookingRepository, BookingRules

SQL = statements("booking")
RECORD = statements("events")["record"]


@frozen
class SqliteBookingRepository(BookingRepository):
    """Inside a write transaction nobody else writes, so what was looked up still holds when it is written."""

    _database: Database

    async def add(self, change: Change[Booking]) -> None:
        await self._database.write(lambda it: _add(it, change))

    async def save(self, change: Change[Booking]) -> None:
        if not change.is_empty:
            await self._database.write(lambda it: _save(it, change))

    async def get(self, booking_id: BookingId) -> Booking | None:
        row = await self._database.read(lambda it: it.execute(SQL["get"], (booking_id.bytes,)).fetchone())
        return decode_booking(row[0]) if row else None

    async def find(
        self, wanted: BookingFilter, *, after: BookingId | None = None, limit: int = 100
    ) -> Sequence[Booking]:
        where, values = _where(wanted, after)
        sql = f"SELECT document FROM {_source(wanted)} WHERE {where} ORDER BY id LIMIT ?"  # noqa: S608  fixed texts and marks
        rows = await self._database.read(lambda it: it.execute(sql, (*values, limit)).fetchall())
        return tuple(decode_booking(document) for (document,) in rows)

    async def blockers(self, car_id: CarId, period: Period) -> Sequence[Booking]:
        values = (car_id.bytes, milliseconds(period.start), milliseconds(period.end))
        rows = await self._database.read(lambda it: it.execute(SQL["blockers"], values).fetchall())
        return tuple(decode_booking(document) for (document,) in rows)


@frozen
class SqliteBookingRules(BookingRules):
    """Cars and rules as rows, each at its newest version."""

    _database: Database

    async def car(self, car_id: CarId) -> BookableCar | None:
        row = await self._database.read(lambda it: it.execute(SQL["car"], (car_id.bytes,)).fetchone())
        return _car(*row) if row else None

    async def find_cars(self, *, after: CarId | None = None, limit: int = 100) -> Sequence[BookableCar]:
        values = (after.bytes if after else b"", limit)
        rows = await self._database.read(lambda it: it.execute(SQL["cars"], values).fetchall())
        return tuple(_car(*row) for row in rows)

    async def tell_cars(self, cars: Sequence[BookableCar]) -> None:
        rows = [(car.id.bytes, car.version, car.seller.bytes, int(car.is_bookable)) for car in cars]
        if rows:
            await self._database.write(lambda it: it.executemany(SQL["tell_car"], rows).rowcount)

    async def rules(self, seller: SellerId) -> DealerRules | None:
        row = await self._database.read(lambda it: it.execute(SQL["rules"], (seller.bytes,)).fetchone())
        return decode_rules(row[0]) if row else None

    async def find_rules(self, *, after: SellerId | None = None, limit: int = 100) -> Sequence[DealerRules]:
        values = (after.bytes if after else b"", limit)
        rows = await self._database.read(lambda it: it.execute(SQL["all_rules"], values).fetchall())
        return tuple(decode_rules(document) for (document,) in rows)

    async def tell_rules(self, rules: DealerRules) -> None:
        values = (rules.seller.bytes, rules.version, encode(rules))
        await self._database.write(lambda it: it.execute(SQL["tell_rules"], values).rowcount)


def _car(key: bytes, version: int, seller: bytes, is_bookable: int) -> BookableCar:
    return BookableCar(
        id=CarId(UUID(bytes=key)), version=version, seller=SellerId(UUID(bytes=seller)), is_bookable=bool(is_bookable)
    )


def _add(connection: sqlite3.Connection, change: Change[Booking]) -> None:
    booking = change.state
    _demand_new(connection, booking)
    if not connection.execute(SQL["is_bookable"], (booking.car_id.bytes,)).fetchone():
        raise NotBookableError("The car is not offered now.", field="car", value=str(booking.car_id))
    _insert(connection, booking)
    connection.executemany(RECORD, event_rows(change.events))


def _demand_new(connection: sqlite3.Connection, booking: Booking) -> None:
    found = connection.execute(SQL["version"], (booking.id.bytes,)).fetchone()
    if found:
        raise changed_meanwhile(0, found[0], what="booking")


def _insert(connection: sqlite3.Connection, booking: Booking) -> None:
    begins, ends = milliseconds(booking.blocked.start), milliseconds(booking.blocked.end)
    if booking.blocks:
        neighbour = connection.execute(SQL["neighbour"], (booking.car_id.bytes, ends)).fetchone()
        if neighbour and neighbour[0] > begins:
            raise PeriodTakenError("Somebody else has the car then.", field="period", value=str(booking.period.start))
    connection.execute(
        SQL["insert"],
        (
            booking.id.bytes,
            booking.version,
            booking.status.value,
            booking.car_id.bytes,
            booking.seller.bytes,
            booking.customer.bytes,
            begins,
            ends,
            _lapses(booking),
            encode(booking),
        ),
    )


def _save(connection: sqlite3.Connection, change: Change[Booking]) -> None:
    booking = change.state
    if change.base == 0:
        _demand_new(connection, booking)
        _insert(connection, booking)
    else:
        _update(connection, change)
    connection.execute(SQL["no_reminder"], (booking.id.bytes,))
    if booking.remind_at is not None:
        connection.execute(SQL["reminder"], (booking.id.bytes, milliseconds(booking.remind_at)))
    connection.executemany(RECORD, event_rows(change.events))


def _update(connection: sqlite3.Connection, change: Change[Booking]) -> None:
    booking = change.state
    values = (
        booking.id.bytes,
        booking.version,
        booking.status.value,
        _lapses(booking),
        encode(booking),
        change.base,
    )
    if connection.execute(SQL["update"], values).rowcount != 1:
        found = connection.execute(SQL["version"], (booking.id.bytes,)).fetchone()
        raise changed_meanwhile(change.base, found[0] if found else 0, what="booking")


def _lapses(booking: Booking) -> int | None:
    return None if booking.lapses_at is None else milliseconds(booking.lapses_at)


def _source(wanted: BookingFilter) -> str:
    """SQLite would rather walk all bookings by id than sort the few that have lapsed."""
    return "bookings" if wanted.lapses_by is None else "bookings INDEXED BY bookings_lapsing"


def _where(wanted: BookingFilter, after: BookingId | None) -> tuple[str, list[Any]]:
    """A condition of fixed texts, and the values of its marks."""
    conditions: list[str] = ["1"]
    values: list[Any] = []
    for column, value in (("car", wanted.car_id), ("seller", wanted.seller), ("customer", wanted.customer)):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value.bytes)
    if wanted.statuses:
        names = ", ".join(f"'{status.value}'" for status in sorted(wanted.statuses))
        conditions.append(f"status IN ({names})")
    if wanted.kinds:
        names = ", ".join(f"'{kind.value}'" for kind in sorted(wanted.kinds))
        conditions.append(f"json_extract(CAST(document AS TEXT), '$.kind') IN ({names})")
    if wanted.lapses_by is not None:
        conditions.append("lapses_at IS NOT NULL AND lapses_at <= ?")
        values.append(milliseconds(wanted.lapses_by))
    if wanted.remind_by is not None:
        conditions.append("id IN (SELECT booking FROM reminders WHERE at <= ?)")
        values.append(milliseconds(wanted.remind_by))
    if after is not None:
        conditions.append("id > ?")
        values.append(after.bytes)
    return " AND ".join(conditions), values
