"""
How far the market's readers have come, and sending one back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid5

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.errors import ConflictError, NotFoundError
from carmarket.core.users.audit import AuditAction
from carmarket.core.users.roles import Permission, demand
from carmarket.ports.events import Leadership, Subscription
from carmarket.services.users.audit import Auditor

NAMES = UUID("6d0ab5a0-0a55-5d0b-9c4e-6f3d0c7a2b19")


@frozen(kw_only=True)
class ReplayService:
    """For admins alone. All that follows from an event is safe to repeat, so what comes again changes nothing twice."""

    readers: Mapping[str, Subscription]
    leadership: Leadership | None
    """Who leads reads, where events stand in a log; `None` where a broker knows who does."""
    auditor: Auditor

    async def lag(self, actor: Actor, reader: str) -> int:
        """How many events the reader has not worked off. Raises: NotFoundError, ForbiddenError."""
        demand(actor.roles, Permission.ADMINISTER)
        return await self._named(reader).lag()

    async def replay(self, actor: Actor, reader: str, *, since: datetime | None = None) -> int:
        """
        Have the reader given once more what is kept of the events since then, or all; how many come.

        Raises: NotFoundError for a name that no reader has; ForbiddenError; ConflictError while somebody reads.
        """
        demand(actor.roles, Permission.ADMINISTER)
        subscription = self._named(reader)
        if self.leadership is not None and not await self.leadership.leads():
            raise ConflictError(
                "Somebody does the jobs of this market at present.", field="reader", value=reader,
                expected="carmarket serve and carmarket work stopped, or a server without workers",
            )  # fmt: skip
        detail = f"{reader} from {'the start' if since is None else since.isoformat()}"
        await self.auditor.note(actor, AuditAction.REPLAY_READER, uuid5(NAMES, reader), detail=detail)
        return await subscription.go_back(since)

    def _named(self, reader: str) -> Subscription:
        found = self.readers.get(reader)
        if found is None:
            raise NotFoundError(
                "There is no reader of this name.",
                field="reader",
                value=reader,
                expected=", ".join(sorted(self.readers)),
            )
        return found
