"""
Bookings in a table: a constraint keeps what blocks a car apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from attrs import frozen

from carmarket.adapters.postgres.cars import columns
from carmarket.adapters.postgres.database import Database
from carmarket.adapters.postgres.events import told
from carmarket.adapters.postgres.statements import statements
from carmarket.codec.documents import decode_booking, decode_rules, encode
from carmarket.core.booking.booking import Booking, BookingId, NotBookableError, PeriodTakenError
from carmarket.core.booking.rules import BookableCar, DealerRules
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.period import Period
from carmarket.core.versions import changed_meanwhile
from carmarket.ports.booking import MOST_BLOCKERS, BookingFilter, BookingRepository, BookingRules

SQL = statements("booking")


@frozen
class PostgresBookingRepository(BookingRepository):
    """
    One command a booking, which waits for no lock but the car's own.

    `ON CONFLICT DO NOTHING` lets a herd on one period pass one by one; with a plain INSERT they deadlock.
    """

    _database: Database

    async def add(self, change: Change[Booking]) -> None:
        booking = change.state
        values = {**_row(booking), **told(change.events)}
        known, is_offered, is_written = (await self._database.rows(SQL["add"], values))[0]
        if is_written:
            return
        if known is None and is_offered:  # a rival that was written meanwhile may be this very booking
            row = await self._database.row(SQL["version"], values)
            known = row and row[0]
        if known is not None:
            raise changed_meanwhile(0, known, what="booking")
        if not is_offered:
            raise NotBookableError("The car is not offered now.", field="car", value=str(booking.car_id))
        raise PeriodTakenError("Somebody else has the car then.", field="period", value=str(booking.period.start))

    async def save(self, change: Change[Booking]) -> None:
        if change.is_empty:
            return
        if change.base == 0:
            await self._bring(change)
            return
        values = {**_row(change.state), "base": change.base, **told(change.events)}
        if not await self._database.count(SQL["update"], values):
            row = await self._database.row(SQL["version"], values)
            raise changed_meanwhile(change.base, row[0] if row else 0, what="booking")

    async def _bring(self, change: Change[Booking]) -> None:
        booking, values = change.state, {**_row(change.state), **told(change.events)}
        ((is_written,),) = await self._database.rows(SQL["bring"], values)
        if not is_written:
            row = await self._database.row(SQL["version"], values)
            if row:
                raise changed_meanwhile(0, row[0], what="booking")
            raise PeriodTakenError("Somebody else has the car then.", field="period", value=str(booking.period.start))

    async def get(self, booking_id: BookingId) -> Booking | None:
        row = await self._database.row(SQL["get"], {"id": booking_id})
        return decode_booking(row[0]) if row else None

    async def find(
        self, wanted: BookingFilter, *, after: BookingId | None = None, limit: int = 100
    ) -> Sequence[Booking]:
        where, values = _where(wanted, after)
        sql = f"SELECT document FROM bookings WHERE {where} ORDER BY id LIMIT %(limit)s"  # noqa: S608  fixed texts and marks
        rows = await self._database.rows(sql, {**values, "limit": limit})
        return tuple(decode_booking(document) for (document,) in rows)

    async def blockers(self, car_id: CarId, period: Period) -> Sequence[Booking]:
        values = {"car": car_id, "begins": period.start, "ends": period.end, "limit": MOST_BLOCKERS}
        rows = await self._database.rows(SQL["blockers"], values)
        return tuple(decode_booking(document) for (document,) in rows)


@frozen
class PostgresBookingRules(BookingRules):
    """Cars and rules as rows, each at its newest version."""

    _database: Database

    async def car(self, car_id: CarId) -> BookableCar | None:
        row = await self._database.row(SQL["car"], {"id": car_id})
        return _car(*row) if row else None

    async def find_cars(self, *, after: CarId | None = None, limit: int = 100) -> Sequence[BookableCar]:
        return tuple(_car(*row) for row in await self._database.rows(SQL["cars"], {"after": after, "limit": limit}))

    async def tell_cars(self, cars: Sequence[BookableCar]) -> None:
        if cars:
            await self._database.count(SQL["tell_cars"], columns(cars, lambda car: car.is_bookable))

    async def rules(self, seller: SellerId) -> DealerRules | None:
        row = await self._database.row(SQL["rules"], {"seller": seller})
        return decode_rules(row[0]) if row else None

    async def find_rules(self, *, after: SellerId | None = None, limit: int = 100) -> Sequence[DealerRules]:
        rows = await self._database.rows(SQL["all_rules"], {"after": after, "limit": limit})
        return tuple(decode_rules(document) for (document,) in rows)

    async def tell_rules(self, rules: DealerRules) -> None:
        values = {"seller": rules.seller, "version": rules.version, "document": encode(rules)}
        await self._database.count(SQL["tell_rules"], values)


def _car(key: UUID, version: int, seller: UUID, is_bookable: bool) -> BookableCar:  # noqa: FBT001  a row's columns
    return BookableCar(id=CarId(key), version=version, seller=SellerId(seller), is_bookable=is_bookable)


def _row(booking: Booking) -> dict[str, Any]:
    return {
        "id": booking.id,
        "version": booking.version,
        "status": booking.status.value,
        "kind": booking.kind.value,
        "car": booking.car_id,
        "seller": booking.seller,
        "customer": booking.customer,
        "begins": booking.blocked.start,
        "ends": booking.blocked.end,
        "lapses_at": booking.lapses_at,
        "remind_at": booking.remind_at,
        "document": encode(booking),
    }


def _where(wanted: BookingFilter, after: BookingId | None) -> tuple[str, dict[str, Any]]:
    """A condition of fixed texts, and the values of its marks."""
    conditions: list[str] = ["true"]
    values = {
        "car": wanted.car_id, "seller": wanted.seller, "customer": wanted.customer, "lapses_by": wanted.lapses_by,
        "remind_by": wanted.remind_by, "after": after,
    }  # fmt: skip
    for name, condition in (
        ("car", "car = %(car)s"),
        ("seller", "seller = %(seller)s"),
        ("customer", "customer = %(customer)s"),
        ("lapses_by", "lapses_at <= %(lapses_by)s"),
        ("remind_by", "remind_at <= %(remind_by)s"),
        ("after", "id > %(after)s"),
    ):
        if values[name] is not None:
            conditions.append(condition)
    for column, wished in (("status", wanted.statuses), ("kind", wanted.kinds)):
        if wished:
            names = ", ".join(f"'{one.value}'" for one in sorted(wished))
            conditions.append(f"{column} IN ({names})")
    return " AND ".join(conditions), values
