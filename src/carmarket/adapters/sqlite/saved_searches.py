"""
Saved searches and alerts in tables; the keys of the searches in a table of their own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from carmarket.adapters.sqlite.database import Database
from carmarket.adapters.sqlite.statements import statements
from carmarket.codec.documents import decode_alert, decode_saved_search, encode
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.core.period import instant_of, milliseconds
from carmarket.core.search.alerts import Alert, AlertPosition
from carmarket.core.search.document import SearchDocument
from carmarket.core.search.keys import keys_of_entry, keys_of_query
from carmarket.core.search.saved import SavedSearch, SavedSearchId, demand_room
from carmarket.core.users.ids import UserId
from carmarket.core.versions import changed_meanwhile
from carmarket.ports.saved_searches import AlertLog, SavedSearches

SQL = statements("saved_searches")
ALERTS = statements("alerts")


@frozen
class SqliteSavedSearches(SavedSearches):
    """The document is JSON; what a car is compared with comes by an index of keys."""

    _database: Database

    async def get(self, search_id: SavedSearchId) -> SavedSearch | None:
        row = await self._database.read(lambda it: it.execute(SQL["get"], (search_id.bytes,)).fetchone())
        return decode_saved_search(row[0]) if row else None

    async def save(self, change: Change[SavedSearch]) -> None:
        if change.state.version != change.base:
            await self._database.write(lambda it: _save(it, change))

    async def remove(self, search_id: SavedSearchId, *, version: int) -> None:
        def work(connection: sqlite3.Connection) -> None:
            if connection.execute(SQL["remove"], (search_id.bytes, version)).rowcount != 1:
                raise _conflict(connection, search_id, version)
            connection.execute(SQL["remove_keys"], (search_id.bytes,))
            connection.execute(SQL["remove_alerts"], (search_id.bytes,))

        await self._database.write(work)

    async def forget(self, owner: UserId) -> int:
        def work(connection: sqlite3.Connection) -> int:
            connection.execute(SQL["forget_keys"], (owner.bytes,))
            connection.execute(SQL["forget_alerts"], (owner.bytes,))
            return connection.execute(SQL["forget"], (owner.bytes,)).rowcount

        return await self._database.write(work)

    async def of_owner(self, owner: UserId) -> Sequence[SavedSearch]:
        rows = await self._database.read(lambda it: it.execute(SQL["of_owner"], (owner.bytes,)).fetchall())
        return tuple(decode_saved_search(document) for (document,) in rows)

    async def owners(self, *, after: UserId | None = None, limit: int = 100) -> Sequence[UserId]:
        values = (after.bytes if after else b"", limit)
        rows = await self._database.read(lambda it: it.execute(SQL["owners"], values).fetchall())
        return tuple(UserId(UUID(bytes=owner)) for (owner,) in rows)

    async def matching(self, document: SearchDocument) -> Sequence[SavedSearch]:
        if document.entry is None:
            return ()
        keys = json.dumps(sorted(keys_of_entry(document.entry)))
        rows = await self._database.read(lambda it: it.execute(SQL["candidates"], (keys,)).fetchall())
        candidates = (decode_saved_search(found) for (found,) in rows)
        return tuple(search for search in candidates if search.query.matches(document))


@frozen
class SqliteAlertLog(AlertLog):
    """The document is JSON; whether it was told stands beside it."""

    _database: Database

    async def add(self, alerts: Sequence[Alert]) -> int:
        rows = [_row(alert) for alert in alerts]
        if not rows:
            return 0
        return await self._database.write(lambda it: it.executemany(ALERTS["add"], rows).rowcount)

    async def find(
        self,
        owner: UserId,
        *,
        search_id: SavedSearchId | None = None,
        after: AlertPosition | None = None,
        limit: int = 100,
    ) -> Sequence[Alert]:
        where, values = _where(owner, search_id, after)
        sql = f"SELECT told_at, document FROM alerts WHERE {where} ORDER BY at DESC, id LIMIT ?"  # noqa: S608  fixed texts and marks
        rows = await self._database.read(lambda it: it.execute(sql, (*values, limit)).fetchall())
        return tuple(map(_alert, rows))

    async def counts(self, searches: Collection[SavedSearchId], since: datetime) -> Mapping[SavedSearchId, int]:
        marks = ", ".join("?" * len(searches))
        sql = f"SELECT search, count(*) FROM alerts WHERE search IN ({marks}) AND at >= ? GROUP BY search"  # noqa: S608  marks only
        values = (*(one.bytes for one in searches), milliseconds(since))
        rows = await self._database.read(lambda it: it.execute(sql, values).fetchall())
        return {SavedSearchId(UUID(bytes=key)): count for key, count in rows}

    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[UUID]:
        values = (milliseconds(now), limit)
        rows = await self._database.read(lambda it: it.execute(ALERTS["due"], values).fetchall())
        return tuple(UUID(bytes=letter) for (letter,) in rows)

    async def of_letter(self, letter: UUID) -> Sequence[Alert]:
        rows = await self._database.read(lambda it: it.execute(ALERTS["of_letter"], (letter.bytes,)).fetchall())
        return tuple(map(_alert, rows))

    async def tell(self, letter: UUID, *, now: datetime) -> None:
        values = (letter.bytes, milliseconds(now))
        await self._database.write(lambda it: it.execute(ALERTS["tell"], values).rowcount)

    async def prune(self, before: datetime) -> int:
        return await self._database.write(lambda it: it.execute(ALERTS["prune"], (milliseconds(before),)).rowcount)


def _save(connection: sqlite3.Connection, change: Change[SavedSearch]) -> None:
    search = change.state
    if change.base == 0:
        if connection.execute(SQL["version"], (search.id.bytes,)).fetchone():
            raise _conflict(connection, search.id, 0)
        demand_room(connection.execute(SQL["count"], (search.owner.bytes,)).fetchone()[0])
        created = milliseconds(search.created_at)
        row = (search.id.bytes, search.version, search.owner.bytes, created, encode(search))
        connection.execute(SQL["insert"], row)
    else:
        changed = (search.id.bytes, search.version, encode(search), change.base)
        if connection.execute(SQL["update"], changed).rowcount != 1:
            raise _conflict(connection, search.id, change.base)
    connection.execute(SQL["remove_keys"], (search.id.bytes,))
    if search.is_active:
        rows = [(key, search.id.bytes) for key in keys_of_query(search.query)]
        connection.executemany(SQL["insert_key"], rows)


def _conflict(connection: sqlite3.Connection, search_id: SavedSearchId, base: int) -> ConcurrencyConflictError:
    found = connection.execute(SQL["version"], (search_id.bytes,)).fetchone()
    return changed_meanwhile(base, found[0] if found else 0, what="saved search")


def _row(alert: Alert) -> tuple[Any, ...]:
    return (
        alert.id.bytes,
        alert.search_id.bytes,
        alert.owner.bytes,
        milliseconds(alert.at),
        alert.letter.bytes,
        milliseconds(alert.due_at),
        None if alert.told_at is None else milliseconds(alert.told_at),
        encode(alert),
    )


def _alert(row: tuple[int | None, bytes]) -> Alert:
    told_at, document = row
    return evolve(decode_alert(document), told_at=None if told_at is None else instant_of(told_at))


def _where(owner: UserId, search_id: SavedSearchId | None, after: AlertPosition | None) -> tuple[str, list[Any]]:
    """A condition of fixed texts, and the values of its marks."""
    conditions, values = ["owner = ?"], [owner.bytes, *([] if search_id is None else [search_id.bytes])]
    if search_id is not None:
        conditions.append("search = ?")
    if after is None:
        return " AND ".join(conditions), values
    return " AND ".join([*conditions, "(at < ? OR at = ? AND id > ?)"]), [*values, after.at, after.at, after.id.bytes]
