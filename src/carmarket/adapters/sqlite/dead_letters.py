"""
Events that readers have put aside, as rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import frozen

from carmarket.adapters.sqlite.database import Database
from carmarket.adapters.sqlite.statements import statements
from carmarket.codec.events import decode_event, encode_event
from carmarket.core.dead_letters import ParkedEvent, ParkedStatus
from carmarket.core.period import instant_of, milliseconds
from carmarket.ports.dead_letters import DeadLetters, ParkedFilter

SQL = statements("dead_letters")
COLUMNS = "reader, position, type, type_version, data, parked_at, tries, next_try, error"


@frozen
class SqliteDeadLetters(DeadLetters):
    """The event stands here as it stood in the log."""

    _database: Database

    async def park(self, events: Sequence[ParkedEvent]) -> None:
        rows = [_row(one) for one in events]
        if rows:
            await self._database.write(lambda it: it.executemany(SQL["park"], rows).rowcount)

    async def held(self, reader: str) -> frozenset[UUID]:
        rows = await self._database.read(lambda it: it.execute(SQL["held"], (reader,)).fetchall())
        return frozenset(UUID(bytes=key) for (key,) in rows)

    async def due(self, reader: str, now: datetime, limit: int) -> Sequence[ParkedEvent]:
        values = {"reader": reader, "now": milliseconds(now), "limit": limit}
        rows = await self._database.read(lambda it: it.execute(SQL["due"], values).fetchall())
        return tuple(map(_parked, rows))

    async def save(self, parked: ParkedEvent) -> None:
        row = _row(parked)
        await self._database.write(lambda it: it.execute(SQL["save"], row).rowcount)

    async def remove(self, parked: ParkedEvent) -> None:
        name = (parked.reader, parked.position)
        await self._database.write(lambda it: it.execute(SQL["remove"], name).rowcount)

    async def find(self, wanted: ParkedFilter, *, limit: int = 100) -> Sequence[ParkedEvent]:
        where, values = _where(wanted)
        sql = f"SELECT {COLUMNS} FROM parked_events WHERE {where} ORDER BY position, reader LIMIT ?"  # noqa: S608  fixed texts and marks
        rows = await self._database.read(lambda it: it.execute(sql, (*values, limit)).fetchall())
        return tuple(map(_parked, rows))

    async def count(self, wanted: ParkedFilter) -> int:
        where, values = _where(wanted)
        sql = f"SELECT count(*) FROM parked_events WHERE {where}"  # noqa: S608  fixed texts and marks
        row = await self._database.read(lambda it: it.execute(sql, values).fetchone())
        return int(row[0])


def _row(parked: ParkedEvent) -> dict[str, Any]:
    return {
        "reader": parked.reader,
        "position": parked.position,
        "key": parked.event.key.bytes,
        "type": parked.event.type,
        "type_version": parked.event.type_version,
        "data": encode_event(parked.event),
        "parked_at": milliseconds(parked.parked_at),
        "tries": parked.tries,
        "next_try": None if parked.next_try is None else milliseconds(parked.next_try),
        "error": parked.error,
    }


def _parked(row: tuple[Any, ...]) -> ParkedEvent:
    reader, position, name, version, data, parked_at, tries, next_try, error = row
    return ParkedEvent(
        reader=reader,
        position=position,
        event=decode_event(name, version, data),
        parked_at=instant_of(parked_at),
        tries=tries,
        next_try=None if next_try is None else instant_of(next_try),
        error=error,
    )


def _where(wanted: ParkedFilter) -> tuple[str, list[Any]]:
    """A condition of fixed texts, and the values of its marks."""
    conditions: list[str] = ["1"]
    values: list[Any] = []
    for column, value in (
        ("reader", wanted.reader),
        ("position", wanted.position),
        ("key", None if wanted.key is None else wanted.key.bytes),
    ):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value)
    if wanted.status is not None:
        conditions.append("next_try IS NULL" if wanted.status is ParkedStatus.DEAD else "next_try IS NOT NULL")
    return " AND ".join(conditions), values
