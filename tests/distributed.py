"""
The settings of a market over the six genuine stores, with names of its own in each.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from carmarket import Settings


def settings_of(server_of: Callable[[str], str], postgres: str, folder: Path, **said: Any) -> Settings:
    """Over a database of PostgreSQL that is migrated, and what else the servers for tests have."""
    name = f"t{uuid4().hex}"
    return Settings(
        **{
            "url": postgres,
            "users": f"{server_of('mongo').rpartition('/')[0]}/{name}",
            "search": f"{server_of('elasticsearch')}/{name}",
            "events": f"{server_of('kafka')}/{name}?partitions=2&replication=1",
            "cache": f"{server_of('redis')}/0?prefix={name}:",
            "limits": None,  # they go by the clock of the server, and a test's days by another
            "photos": server_of("s3").replace("/carmarket?", f"/{name}?"),
            "keys": str(folder / "keys"),
            "mail": "memory://",
            **said,
        }
    )
