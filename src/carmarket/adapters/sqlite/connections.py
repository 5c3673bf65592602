"""
Opening the file: pragmas, migrations, and errors that say what is wrong with it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from time import monotonic, sleep

from carmarket.adapters.sqlite.statements import migrations
from carmarket.core.errors import InvalidError, UnavailableError

APPLICATION_ID = 0x6361726D
""" "carm", in the header of the file."""
BUSY_SECONDS = 5.0


def connect(path: Path) -> sqlite3.Connection:
    """A connection that leaves transactions to its user."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS, cached_statements=256)
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -32768")
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """SQLite does not wait by itself where two processes turn a new file to its log at the same moment."""
    ends = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if monotonic() >= ends:
                raise
            sleep(0.01)
        else:
            return


def prepare(path: Path) -> None:
    """
    Make the file if there is none, and bring its schema up to date.

    Raises: InvalidError for a folder that is not there, a file that is something else, or a newer schema.
    """
    if not path.parent.is_dir():
        raise InvalidError(
            f"There is no folder {path.parent}.",
            field="url",
            value=f"sqlite:///{path}",
            expected="a folder that exists",
        )
    try:
        connection = connect(path)
        try:
            _migrate(connection, path)
        finally:
            connection.close()
    except sqlite3.OperationalError as away:
        raise UnavailableError(f"The database {path} cannot be opened: {away}") from away
    except sqlite3.DatabaseError as broken:
        raise InvalidError(
            f"The file {path} is no database: {broken}",
            field="url",
            value=f"sqlite:///{path}",
            expected="a file that carmarket made",
        ) from broken


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    known = migrations()
    if _version(connection) == max(known) and _is_ours(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        _demand_ours(connection, path, version, max(known))
        for number, script in known.items():
            if number > version:
                for statement in _split(script):
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {max(known)}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _demand_ours(connection: sqlite3.Connection, path: Path, version: int, newest: int) -> None:
    has_tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if (has_tables or version) and not _is_ours(connection):
        raise InvalidError(
            f"The database {path} belongs to something else.",
            field="url",
            value=f"sqlite:///{path}",
            expected="a new file, or one that carmarket made",
        )
    if version > newest:
        raise InvalidError(
            f"The database {path} was made by a newer carmarket.",
            field="url",
            value=f"schema {version}",
            expected=f"schema {newest} or older",
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _is_ours(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def _split(script: str) -> list[str]:
    """The statements of a script; `executescript` would commit the transaction."""
    found, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending)
            pending = ""
    return found
