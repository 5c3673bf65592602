"""
A PostgreSQL of one's own for what is measured on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from carmarket.adapters.postgres import migrate
from tests.servers import postgres
from tests.servers.processes import Server


@contextmanager
def own_postgres() -> Iterator[Server]:
    """With the market's tables, on disk; at the end nothing of it is left."""
    with TemporaryDirectory(dir="/tmp") as text:
        folder = Path(text) / "server"
        folder.mkdir()
        server = postgres.start(folder)
        try:
            asyncio.run(migrate(server.url))
            yield server
        finally:
            server.thaw()
            server.stop()
