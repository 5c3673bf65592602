"""
What stands in a database of SQLite, looked at past all of carmarket.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

OF_THE_LOG = {"events", "readers", "marks", "sqlite_sequence"}
"""Tables that say what happened, and who has read it."""
SAYS_NOTHING = {"number"}
"""A column that says in which order rows came."""


def rows_of(database: Path) -> dict[str, list[str]]:
    """All rows of all tables but those of the log, as far as they say something of the market."""
    with sqlite3.connect(database) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {name: _rows(connection, name) for name in tables - OF_THE_LOG}


def _rows(connection: sqlite3.Connection, table: str) -> list[str]:
    found = connection.execute(f"SELECT * FROM {table}")
    names = [one[0] for one in found.description]
    return sorted(
        repr([_plain(table, value) for name, value in zip(names, row, strict=True) if name not in SAYS_NOTHING])
        for row in found
    )


def _plain(table: str, value: Any) -> Any:
    """A document as what it says: sets have no order, and of an alert's telling its column knows alone."""
    try:
        document = json.loads(value) if isinstance(value, bytes) and value[:1] == b"{" else None
    except ValueError:
        document = None
    if document is None:
        return value
    if table == "alerts":
        del document["told_at"]
    return _without_order(document)


def _without_order(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((name, _without_order(one)) for name, one in value.items())
    if isinstance(value, list):
        plain = [_without_order(one) for one in value]
        return sorted(plain) if all(isinstance(one, str) for one in plain) else plain
    return value
