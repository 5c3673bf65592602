"""
Import jobs as rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from attrs import frozen

from carmarket.adapters.sqlite.database import Database
from carmarket.adapters.sqlite.statements import statements
from carmarket.codec.documents import decode_import, encode
from carmarket.core.catalog.imports import Import, ImportId
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.ports.imports import ImportRepository

SQL = statements("imports")


@frozen
class SqliteImportRepository(ImportRepository):
    """The job is JSON; whether it is finished stands beside it."""

    _database: Database

    async def get(self, import_id: ImportId) -> Import | None:
        row = await self._database.read(lambda it: it.execute(SQL["get"], (import_id.bytes,)).fetchone())
        return decode_import(row[0]) if row else None

    async def save(self, change: Change[Import]) -> None:
        job = change.state
        values = {
            "id": job.id.bytes,
            "base": change.base,
            "version": job.version,
            "is_finished": int(job.is_finished),
            "document": encode(job),
        }

        def write(connection: sqlite3.Connection) -> None:
            if connection.execute(SQL["update" if change.base else "insert"], values).rowcount != 1:
                raise ConcurrencyConflictError(
                    "The import was changed in the meantime.",
                    field="version",
                    value=change.base,
                    expected="its newest version",
                )

        await self._database.write(write)

    async def unfinished(self, limit: int = 10) -> Sequence[Import]:
        rows = await self._database.read(lambda it: it.execute(SQL["unfinished"], (limit,)).fetchall())
        return tuple(decode_import(document) for (document,) in rows)

    async def find(self, *, after: ImportId | None = None, limit: int = 100) -> Sequence[Import]:
        values = (after.bytes if after else b"", limit)
        rows = await self._database.read(lambda it: it.execute(SQL["find"], values).fetchall())
        return tuple(decode_import(document) for (document,) in rows)
