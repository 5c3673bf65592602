"""
What aggregates have told: an outbox, relayed by parts; and, where no broker is, the log that it becomes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import frozen
from psycopg import AsyncCursor
from psycopg.rows import TupleRow

from carmarket.adapters.postgres.bell import Bell
from carmarket.adapters.postgres.database import Database
from carmarket.adapters.postgres.statements import statements
from carmarket.codec.events import decode_event, encode_event
from carmarket.core.events import Event
from carmarket.ports.events import EventLog, EventPublisher, Outbox, ReaderPositions, Recorded, Waiting

SQL = statements("events")
PARTS = 16
"""Of the keys: so many relays can be at work at once."""
LOG, RELAY = 0x636D0001, 0x636D0002
"""Classes of advisory locks: of the log as a whole, and of each part of the outbox."""
AT_ONCE = 5_000
"""So many events are moved into the log by one transaction."""
MOST_PRUNED = 10_000
MARKS_KEPT = 100
LOOK_EVERY = 1.0
"""Seconds between looks, should a notice be lost."""


@frozen
class PostgresEventLog(EventLog):
    """
    A table that whoever reads first fills from the outbox.

    A sequence alone is no order: who drew a lower number may commit later. So positions are given by one at a time,
    to what is committed by then.
    """

    _database: Database
    _bell: Bell

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        await self._fill()
        rows = await self._database.rows(SQL["read"], {"after": after, "limit": limit})
        return tuple(Recorded(position, decode_event(name, version, data)) for position, name, version, data in rows)

    async def last(self) -> int:
        await self._fill()
        return await self._number(SQL["last"])

    async def pruned(self) -> int:
        return await self._number(SQL["pruned"])

    async def wait(self, after: int, seconds: float) -> bool:
        ends = asyncio.get_running_loop().time() + seconds
        while True:
            ring = self._bell.next()
            if await self.last() > after:
                return True
            rest = ends - asyncio.get_running_loop().time()
            if rest <= 0:
                return False
            with suppress(TimeoutError):
                async with asyncio.timeout(min(rest, LOOK_EVERY)):
                    await ring.wait()

    async def prune(self, before: datetime) -> int:
        await self._fill()
        return await self._database.count(SQL["prune"], {"before": before, "most": MOST_PRUNED})

    async def _fill(self) -> None:
        async def move(cursor: AsyncCursor[TupleRow]) -> int:
            await cursor.execute(SQL["lock"], {"class": LOG, "number": 0})
            await cursor.execute(SQL["move"], {"limit": AT_ONCE})
            return cursor.rowcount

        while (await self._database.rows(SQL["has_told"]))[0][0]:
            if await self._database.transact(move, is_long=True) < AT_ONCE:
                return

    async def _number(self, sql: str) -> int:
        return int((await self._database.rows(sql))[0][0])


@frozen
class PostgresOutbox(Outbox):
    """
    Who relays takes a part of the keys by an advisory lock, and holds it until the broker has acknowledged.

    Within a part the numbers decide: those of one key were drawn under the lock of its row, so they stand in the order
    of commits. A relay that dies loses its lock, and its events stay.
    """

    _database: Database
    _bell: Bell

    async def relay(self, publisher: EventPublisher, *, limit: int = 500) -> int:
        parts = [int(row[0]) for row in await self._database.rows(SQL["parts"])]
        taken = 0
        for part in parts:
            if taken >= limit:
                break
            taken += await self._relay_part(publisher, part, limit - taken)
        return taken

    async def wait(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    ring = self._bell.next()
                    if (await self._database.rows(SQL["has_told"]))[0][0]:
                        return True
                    await ring.wait()
        return False

    async def waiting(self) -> Waiting:
        count, oldest = (await self._database.rows(SQL["waiting"]))[0]
        return Waiting(int(count), oldest)

    async def _relay_part(self, publisher: EventPublisher, part: int, limit: int) -> int:
        async def relay(cursor: AsyncCursor[TupleRow]) -> int:
            await cursor.execute(SQL["try_lock"], {"class": RELAY, "number": part})
            locked = await cursor.fetchone()
            if not locked or not locked[0]:
                return 0
            await cursor.execute(SQL["claim"], {"part": part, "limit": limit})
            rows = await cursor.fetchall()
            if rows:
                await publisher.publish([decode_event(name, version, data) for _, name, version, data in rows])
                await cursor.execute(SQL["published"], {"numbers": [row[0] for row in rows]})
            return len(rows)

        return await self._database.transact(relay, is_long=True)


@frozen
class PostgresEventPublisher(EventPublisher):
    """Events of stores that are elsewhere: into the outbox, which becomes the log."""

    _database: Database

    async def publish(self, events: Sequence[Event]) -> None:
        if events:
            await self._database.count(SQL["tell"], told(events))


@frozen
class PostgresReaderPositions(ReaderPositions):
    """Positions and marks as rows."""

    _database: Database

    async def position(self, reader: str) -> int:
        row = await self._database.row(SQL["position"], {"name": reader})
        return int(row[0]) if row else 0

    async def move(self, reader: str, position: int) -> None:
        await self._database.count(SQL["move_reader"], {"name": reader, "position": position})

    async def rewind(self, reader: str, position: int) -> None:
        await self._database.count(SQL["rewind_reader"], {"name": reader, "position": position})

    async def mark(self, token: UUID) -> None:
        await self._database.count(SQL["mark"], {"token": token, "kept": MARKS_KEPT})

    async def has_mark(self, token: UUID) -> bool:
        return await self._database.row(SQL["has_mark"], {"token": token}) is not None


def told(events: Sequence[Event]) -> dict[str, Any]:
    """The values of what a command writes into the outbox, a column each."""
    return {
        "parts": [part_of(event.key) for event in events],
        "keys": [event.key for event in events],
        "versions": [event.version for event in events],
        "types": [event.type for event in events],
        "type_versions": [event.type_version for event in events],
        "ats": [event.at for event in events],
        "data": [encode_event(event) for event in events],
    }


def told_rows(events: Iterable[Event]) -> Iterable[tuple[Any, ...]]:
    """The same as rows, for a copy."""
    return (
        (part_of(one.key), one.key, one.version, one.type, one.type_version, one.at, encode_event(one))
        for one in events
    )


def part_of(key: UUID) -> int:
    """The last bytes of an id are of its random part, or of a hash."""
    return key.int % PARTS
