"""
A copy of the database while it is in use.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from attrs import frozen

from carmarket.adapters.sqlite.connections import APPLICATION_ID, prepare
from carmarket.adapters.sqlite.database import Database
from carmarket.core.errors import ConflictError, InvalidError, UnavailableError
from carmarket.ports.backup import Backup


@frozen
class SqliteBackup(Backup):
    """VACUUM INTO reads one moment of the database, and holds up no writer."""

    _database: Database

    async def copy_to(self, file: Path) -> int:
        return await asyncio.to_thread(self._copy, file)

    async def restore_from(self, file: Path) -> None:
        await asyncio.to_thread(self._restore, file)

    def _restore(self, file: Path) -> None:
        if not file.is_file():
            raise InvalidError(
                "There is no such copy.", field="file", value=str(file), expected="a file made by backup"
            )
        try:
            with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
                if copy.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                    raise InvalidError(
                        "The file is no copy of a market.",
                        field="file",
                        value=str(file),
                        expected="a file made by backup",
                    )
                with closing(sqlite3.connect(self._database.path, isolation_level=None)) as here:
                    if here.execute("SELECT count(*) FROM sqlite_sequence WHERE name = 'events'").fetchone()[0]:
                        raise ConflictError(
                            "The database is not empty.",
                            field="url",
                            value=str(self._database.path),
                            expected="a new database",
                        )
                    copy.backup(here)
        except sqlite3.OperationalError as error:
            raise UnavailableError(f"The database cannot be restored: {error}") from error
        except sqlite3.DatabaseError as error:
            raise InvalidError(
                f"The file is no database: {error}", field="file", value=str(file), expected="a file made by backup"
            ) from error
        prepare(self._database.path)

    def _copy(self, file: Path) -> int:
        unfinished = file.with_name(f"{file.name}.unfinished")
        unfinished.unlink(missing_ok=True)
        try:
            with closing(sqlite3.connect(self._database.path, isolation_level=None)) as connection:
                connection.execute("VACUUM INTO ?", (str(unfinished),))
        except sqlite3.Error as error:
            unfinished.unlink(missing_ok=True)
            raise UnavailableError(f"The database cannot be copied: {error}") from error
        with unfinished.open("rb") as copied:
            os.fsync(copied.fileno())
        unfinished.replace(file)
        return file.stat().st_size
