"""
The adapter's SQL, from its files.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from carmarket.codec.statements import named, numbered

FOLDER = files("carmarket.adapters.sqlite").joinpath("sql")


def statements(name: str) -> Mapping[str, str]:
    """The statements of `sql/<name>.sql` by their names."""
    return named(FOLDER, name)


def migrations() -> Mapping[int, str]:
    """The migrations by their numbers, in order."""
    return numbered(FOLDER)
