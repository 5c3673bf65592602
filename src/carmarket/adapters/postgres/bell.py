"""
A bell that rings when somebody has told something: one connection listens for all of this process.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from attrs import define, field
from psycopg import AsyncConnection, OperationalError

from carmarket.adapters.postgres.database import connecting

LOG = logging.getLogger("carmarket.postgres")
PAUSE = 1.0
"""Seconds until a connection that was lost is made anew."""


@define
class Bell:
    """Notices may be lost with the connection, so whoever waits looks now and then, too."""

    _url: str
    _rung: asyncio.Event = field(factory=asyncio.Event, init=False)
    _listening: asyncio.Task[None] | None = field(default=None, init=False)

    def next(self) -> asyncio.Event:
        """The event of the next ring; to be taken before one looks, so that no ring is missed in between."""
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen(), name="carmarket listens to the database")
        return self._rung

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    async def _listen(self) -> None:
        while True:
            try:
                async with await AsyncConnection.connect(self._url, **connecting()) as connection:
                    await connection.execute("LISTEN carmarket_outbox")
                    self._ring()
                    async for _ in connection.notifies():
                        self._ring()
            except OperationalError as lost:
                LOG.warning("nobody listens to the database for a moment: %s", lost)
            await asyncio.sleep(PAUSE)

    def _ring(self) -> None:
        self._rung.set()
        self._rung = asyncio.Event()
