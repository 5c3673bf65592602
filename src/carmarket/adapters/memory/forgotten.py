"""
Forgotten passwords in a dictionary.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import define, field

from carmarket.core.period import utc_instant
from carmarket.core.users.email import mailbox
from carmarket.core.users.links import ResetRequest
from carmarket.ports.forgotten import ResetRequests


@define
class MemoryResetRequests(ResetRequests):
    _waiting: dict[str, ResetRequest] = field(factory=dict)

    async def ask(self, email: str, at: datetime) -> None:
        self._waiting.setdefault(mailbox(email), ResetRequest(email, utc_instant(at)))

    async def waiting(self, limit: int) -> Sequence[ResetRequest]:
        return tuple(sorted(self._waiting.values(), key=lambda one: (one.at, mailbox(one.email)))[:limit])

    async def settle(self, request: ResetRequest) -> None:
        if self._waiting.get(mailbox(request.email)) == request:
            del self._waiting[mailbox(request.email)]
