"""
Dead letters: an operator looks at them, and sends them again or discards them.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.dead_letters import ParkedEvent, ParkedStatus
from carmarket.core.errors import NotFoundError
from carmarket.core.users.audit import AuditAction
from carmarket.core.users.roles import Permission, demand
from carmarket.ports.clock import Clock
from carmarket.ports.dead_letters import DeadLetters, ParkedFilter
from carmarket.services.users.audit import Auditor


@frozen(kw_only=True)
class DeadLetterService:
    """For admins alone. What is decided here the reader finds at its next step."""

    dead_letters: DeadLetters
    auditor: Auditor
    clock: Clock

    async def find(
        self, actor: Actor, *, reader: str | None = None, status: ParkedStatus | None = None, limit: int = 100
    ) -> Sequence[ParkedEvent]:
        """Dead letters, and what waits, in the order of the log."""
        demand(actor.roles, Permission.ADMINISTER)
        return await self.dead_letters.find(ParkedFilter(reader=reader, status=status), limit=limit)

    async def get(self, actor: Actor, reader: str, position: int) -> ParkedEvent:
        """Raises: NotFoundError, ForbiddenError."""
        demand(actor.roles, Permission.ADMINISTER)
        found = await self.dead_letters.find(ParkedFilter(reader=reader, position=position), limit=1)
        if not found:
            raise NotFoundError("The reader has no such event put aside.", field="position", value=position)
        return found[0]

    async def behind(self, actor: Actor, parked: ParkedEvent) -> int:
        """How many later events of its key wait behind it."""
        demand(actor.roles, Permission.ADMINISTER)
        key = parked.event.key
        queue = await self.dead_letters.count(ParkedFilter(reader=parked.reader, key=key))
        return queue - 1

    async def send_again(self, actor: Actor, reader: str, position: int) -> ParkedEvent:
        """
        Give a dead letter all its tries once more; once it is worked off, its queue follows in order.

        Raises: NotFoundError, ForbiddenError; ConflictError if it is not dead.
        """
        dead = await self.get(actor, reader, position)
        again = dead.sent_again(now=self.clock.now())
        await self._note(actor, AuditAction.SEND_DEAD_LETTER_AGAIN, dead)
        await self.dead_letters.save(again)
        return again

    async def send_all_again(self, actor: Actor, reader: str) -> Sequence[ParkedEvent]:
        """
        As after a repair: every dead letter of a reader that there is now.

        Raises: ForbiddenError; ConflictError if another operator sends them again at the same time.
        """
        sent: list[ParkedEvent] = []
        while batch := await self.find(actor, reader=reader, status=ParkedStatus.DEAD):
            sent += [await self.send_again(actor, one.reader, one.position) for one in batch]
        return sent

    async def discard(self, actor: Actor, reader: str, position: int) -> ParkedEvent:
        """
        Let go of a dead letter: the reader goes on with its key as if the event had been worked off.

        Raises: NotFoundError, ForbiddenError; ConflictError if it is not dead.
        """
        dead = await self.get(actor, reader, position)
        dead.demand_dead()
        await self._note(actor, AuditAction.DISCARD_DEAD_LETTER, dead)
        await self.dead_letters.remove(dead)
        return dead

    async def _note(self, actor: Actor, action: AuditAction, parked: ParkedEvent) -> None:
        detail = f"{parked.reader} {parked.position} {parked.event.type}"
        await self.auditor.note(actor, action, parked.event.key, detail=detail)
