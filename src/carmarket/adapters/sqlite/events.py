"""
The event log as a table, and its readers.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import define, field, frozen

from carmarket.adapters.sqlite.database import Database
from carmarket.adapters.sqlite.statements import statements
from carmarket.codec.events import decode_event, encode_event
from carmarket.core.errors import UnavailableError
from carmarket.core.events import Event
from carmarket.core.period import milliseconds
from carmarket.ports.events import EventLog, EventPublisher, ReaderPositions, Recorded

SQL = statements("events")
MOST_PRUNED = 10_000
MARKS_KEPT = 100
LOOK_EVERY = 0.02
"""Seconds between looks for commits of other processes."""


@define
class SqliteEventLog(EventLog):
    """SQLite has one writer at a time, so positions become visible in their order: the table is the log."""

    _database: Database
    _watch: sqlite3.Connection | None = field(default=None, init=False)
    """Belongs to the event loop's thread; `PRAGMA data_version` tells it of commits by others."""

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        rows = await self._database.read(lambda it: it.execute(SQL["read"], (after, limit)).fetchall())
        return tuple(Recorded(position, decode_event(name, version, data)) for position, name, version, data in rows)

    async def last(self) -> int:
        row = await self._database.read(lambda it: it.execute(SQL["last"]).fetchone())
        return int(row[0])

    async def pruned(self) -> int:
        row = await self._database.read(lambda it: it.execute(SQL["pruned"]).fetchone())
        return int(row[0])

    async def wait(self, after: int, seconds: float) -> bool:
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        try:
            while True:
                seen = self._version()
                if await self.last() > after:
                    return True
                while self._version() == seen:
                    rest = ends - loop.time()
                    if rest <= 0:
                        return False
                    await _either(self._database, min(LOOK_EVERY, rest))
        except sqlite3.Error as error:
            raise UnavailableError(f"The database does not answer: {error}") from error

    async def prune(self, before: datetime) -> int:
        values = {"before": milliseconds(before), "most": MOST_PRUNED}
        return await self._database.write(lambda it: it.execute(SQL["prune"], values).rowcount)

    def close(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _version(self) -> int:
        if self._watch is None:
            self._watch = sqlite3.connect(self._database.path, isolation_level=None)
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])


@frozen
class SqliteEventPublisher(EventPublisher):
    """Events of stores that are elsewhere."""

    _database: Database

    async def publish(self, events: Sequence[Event]) -> None:
        rows = list(event_rows(events))
        await self._database.write(lambda it: it.executemany(SQL["record"], rows).rowcount)


@frozen
class SqliteReaderPositions(ReaderPositions):
    """Positions and marks as rows."""

    _database: Database

    async def position(self, reader: str) -> int:
        row = await self._database.read(lambda it: it.execute(SQL["position"], (reader,)).fetchone())
        return int(row[0]) if row else 0

    async def move(self, reader: str, position: int) -> None:
        values = {"name": reader, "position": position}
        await self._database.write(lambda it: it.execute(SQL["move"], values).rowcount)

    async def rewind(self, reader: str, position: int) -> None:
        values = {"name": reader, "position": position}
        await self._database.write(lambda it: it.execute(SQL["rewind"], values).rowcount)

    async def mark(self, token: UUID) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.execute(SQL["mark"], (token.bytes,))
            connection.execute(SQL["forget_marks"], (MARKS_KEPT,))

        await self._database.write(write)

    async def has_mark(self, token: UUID) -> bool:
        row = await self._database.read(lambda it: it.execute(SQL["has_mark"], (token.bytes,)).fetchone())
        return row is not None


def event_rows(events: Iterable[Event]) -> list[tuple[Any, ...]]:
    """Values of the statement `record`: what the stores write beside their state, in the same transaction."""
    return [
        (event.key.bytes, event.version, event.type, event.type_version, milliseconds(event.at), encode_event(event))
        for event in events
    ]


async def _either(database: Database, seconds: float) -> None:
    """Until this process commits something, or the time is over."""
    try:
        async with asyncio.timeout(seconds):
            await database.committed()
    except TimeoutError:
        return
