"""
Import jobs as rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from carmarket.adapters.postgres.database import Database
from carmarket.adapters.postgres.statements import statements
from carmarket.codec.documents import decode_import, encode
from carmarket.core.catalog.imports import Import, ImportId
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.ports.imports import ImportRepository

SQL = statements("imports")


@frozen
class PostgresImportRepository(ImportRepository):
    """The job is JSON; whether it is finished stands beside it."""

    _database: Database

    async def get(self, import_id: ImportId) -> Import | None:
        row = await self._database.row(SQL["get"], {"id": import_id})
        return decode_import(row[0]) if row else None

    async def save(self, change: Change[Import]) -> None:
        job = change.state
        values = {
            "id": job.id, "base": change.base, "version": job.version, "is_finished": job.is_finished,
            "document": encode(job),
        }  # fmt: skip
        if not await self._database.count(SQL["update" if change.base else "insert"], values):
            raise ConcurrencyConflictError(
                "The import was changed in the meantime.", field="version", value=change.base,
                expected="its newest version",
            )  # fmt: skip

    async def unfinished(self, limit: int = 10) -> Sequence[Import]:
        rows = await self._database.rows(SQL["unfinished"], {"limit": limit})
        return tuple(decode_import(document) for (document,) in rows)

    async def find(self, *, after: ImportId | None = None, limit: int = 100) -> Sequence[Import]:
        rows = await self._database.rows(SQL["find"], {"after": after, "limit": limit})
        return tuple(decode_import(document) for (document,) in rows)
