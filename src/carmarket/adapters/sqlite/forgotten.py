"""
Forgotten passwords as rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from carmarket.adapters.sqlite.database import Database
from carmarket.adapters.sqlite.statements import statements
from carmarket.core.period import instant_of, milliseconds
from carmarket.core.users.email import mailbox
from carmarket.core.users.links import ResetRequest
from carmarket.ports.forgotten import ResetRequests

SQL = statements("forgotten")
EARLIEST = (-(2**63), "")
"""Before every request."""


@frozen
class SqliteResetRequests(ResetRequests):
    _database: Database

    async def ask(self, email: str, at: datetime) -> None:
        row = (mailbox(email), email, milliseconds(at))
        await self._database.write(lambda it: it.execute(SQL["ask"], row).rowcount)

    async def waiting(self, limit: int, *, after: ResetRequest | None = None) -> Sequence[ResetRequest]:
        behind = (milliseconds(after.at), mailbox(after.email)) if after else EARLIEST
        rows = await self._database.read(lambda it: it.execute(SQL["waiting"], (*behind, limit)).fetchall())
        return tuple(ResetRequest(email, instant_of(at)) for email, at in rows)

    async def settle(self, request: ResetRequest) -> None:
        row = (mailbox(request.email), milliseconds(request.at))
        await self._database.write(lambda it: it.execute(SQL["settle"], row).rowcount)
