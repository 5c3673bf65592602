"""
SQL from named files: each statement stands under a line `-- name: ...`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources.abc import Traversable

NAMED = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def named(folder: Traversable, name: str) -> Mapping[str, str]:
    """The statements of `<name>.sql` in the folder by their names."""
    parts = NAMED.split(folder.joinpath(f"{name}.sql").read_text())
    return {one: sql.strip() for one, sql in zip(parts[1::2], parts[2::2], strict=True)}


def numbered(folder: Traversable) -> Mapping[int, str]:
    """The files of `migrations` in the folder by their numbers, in order."""
    found = [file for file in folder.joinpath("migrations").iterdir() if file.name.endswith(".sql")]
    return {int(file.name[:4]): file.read_text() for file in sorted(found, key=lambda file: file.name)}
