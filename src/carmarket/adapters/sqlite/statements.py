"""
SQL from named files: each statement stands under a line `-- name: ...`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

FOLDER = files("carmarket.adapters.sqlite").joinpath("sql")
NAMED = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def statements(name: str) -> Mapping[str, str]:
    """The statements of `sql/<name>.sql` by their names."""
    parts = NAMED.split(FOLDER.joinpath(f"{name}.sql").read_text())
    return {one: sql.strip() for one, sql in zip(parts[1::2], parts[2::2], strict=True)}


def migrations() -> Mapping[int, str]:
    """The migrations by their numbers, in order."""
    found = [file for file in FOLDER.joinpath("migrations").iterdir() if file.name.endswith(".sql")]
    return {int(file.name[:4]): file.read_text() for file in sorted(found, key=lambda file: file.name)}
