"""
Who leads: the process whose connection holds an advisory lock, which the server takes back when it dies.
"""

from __future__ import annotations

import asyncio

from attrs import define, field
from psycopg import AsyncConnection, OperationalError

from carmarket.adapters.postgres.database import Database, connecting
from carmarket.adapters.postgres.statements import statements
from carmarket.ports.events import Leadership

SQL = statements("events")
LEAD = 0x636D0003


@define
class PostgresLeadership(Leadership):
    """A connection of its own; who cannot ask does not lead."""

    _database: Database
    _held: AsyncConnection | None = field(default=None, init=False)
    _leads: bool = field(default=False, init=False)
    _asking: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    async def leads(self) -> bool:
        async with self._asking:  # many jobs ask at once, and one connection holds the lock
            return await self._ask()

    async def _ask(self) -> bool:
        try:
            if self._held is None or self._held.closed:
                self._leads = False
                self._held = await AsyncConnection.connect(self._database.url, **connecting())
            if self._leads:
                await self._held.execute("SELECT 1")
                return True
            row = await (await self._held.execute(SQL["lead"], {"class": LEAD, "number": 0})).fetchone()
        except OperationalError:
            await self.close()
            return False
        self._leads = bool(row and row[0])
        return self._leads

    async def close(self) -> None:
        """Give the lead back."""
        if self._held is not None:
            await self._held.close()
        self._held, self._leads = None, False
