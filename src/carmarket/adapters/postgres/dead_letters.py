"""
Events that readers have put aside, as rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import frozen

from carmarket.adapters.postgres.database import Database, Row
from carmarket.adapters.postgres.statements import statements
from carmarket.codec.events import decode_event, encode_event
from carmarket.core.dead_letters import ParkedEvent, ParkedStatus
from carmarket.core.period import utc_instant
from carmarket.ports.dead_letters import DeadLetters, ParkedFilter

SQL = statements("dead_letters")
COLUMNS = "reader, position, type, type_version, data, parked_at, tries, next_try, error"


@frozen
class PostgresDeadLetters(DeadLetters):
    _database: Database

    async def park(self, events: Sequence[ParkedEvent]) -> None:
        if events:
            await self._database.count(SQL["park"], [_row(one) for one in events])

    async def held(self, reader: str) -> frozenset[UUID]:
        return frozenset(key for (key,) in await self._database.rows(SQL["held"], {"reader": reader}))

    async def due(self, reader: str, now: datetime, limit: int) -> Sequence[ParkedEvent]:
        values = {"reader": reader, "now": now, "limit": limit}
        return tuple(map(_parked, await self._database.rows(SQL["due"], values)))

    async def save(self, parked: ParkedEvent) -> None:
        await self._database.count(SQL["save"], _row(parked))

    async def remove(self, parked: ParkedEvent) -> None:
        await self._database.count(SQL["remove"], {"reader": parked.reader, "position": parked.position})

    async def find(self, wanted: ParkedFilter, *, limit: int = 100) -> Sequence[ParkedEvent]:
        where, values = _where(wanted)
        sql = f"SELECT {COLUMNS} FROM parked_events WHERE {where} ORDER BY position, reader LIMIT %(limit)s"  # noqa: S608  fixed texts and marks
        return tuple(map(_parked, await self._database.rows(sql, {**values, "limit": limit})))

    async def count(self, wanted: ParkedFilter) -> int:
        where, values = _where(wanted)
        return int((await self._database.rows(f"SELECT count(*) FROM parked_events WHERE {where}", values))[0][0])  # noqa: S608  likewise


def _row(parked: ParkedEvent) -> dict[str, Any]:
    return {
        "reader": parked.reader,
        "position": parked.position,
        "key": parked.event.key,
        "type": parked.event.type,
        "type_version": parked.event.type_version,
        "data": encode_event(parked.event),
        "parked_at": utc_instant(parked.parked_at),
        "tries": parked.tries,
        "next_try": None if parked.next_try is None else utc_instant(parked.next_try),
        "error": parked.error.encode(),
    }


def _parked(row: Row) -> ParkedEvent:
    reader, position, name, version, data, parked_at, tries, next_try, error = row
    return ParkedEvent(
        reader=reader, position=position, event=decode_event(name, version, data), parked_at=parked_at, tries=tries,
        next_try=next_try, error=error.decode(),
    )  # fmt: skip


def _where(wanted: ParkedFilter) -> tuple[str, dict[str, Any]]:
    """A condition of fixed texts, and the values of its marks."""
    values = {"reader": wanted.reader, "position": wanted.position, "key": wanted.key}
    conditions = ["true", *(f"{name} = %({name})s" for name, value in values.items() if value is not None)]
    if wanted.status is not None:
        conditions.append("next_try IS NULL" if wanted.status is ParkedStatus.DEAD else "next_try IS NOT NULL")
    return " AND ".join(conditions), values
