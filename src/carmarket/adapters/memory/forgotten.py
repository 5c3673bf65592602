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

    async def waiting(self, limit: int, *, after: ResetRequest | None = None) -> Sequence[ResetRequest]:
        behind = (one for one in self._waiting.values() if after is None or _place(one) > _place(after))
        return tuple(sorted(behind, key=_place)[:limit])

    async def settle(self, request: ResetRequest) -> None:
        if self._waiting.get(mailbox(request.email)) == request:
            del self._waiting[mailbox(request.email)]


def _place(request: ResetRequest) -> tuple[datetime, str]:
    return request.at, mailbox(request.email)
