"""
The audit log: privileged actions are noted before they are taken, and admins read the notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.users.audit import AuditAction, AuditEntry, EntryId
from carmarket.core.users.roles import Permission, demand
from carmarket.ports.audit import AuditLog
from carmarket.ports.clock import Clock, Ids


@frozen(kw_only=True)
class Auditor:
    log: AuditLog
    clock: Clock
    ids: Ids

    async def note(self, actor: Actor, action: AuditAction, subject: UUID, *, detail: str = "") -> None:
        """Note what is about to be done. If that fails, the action is not taken either."""
        entry = AuditEntry(
            id=EntryId(self.ids.new()), at=self.clock.now(), actor=actor.user_id, action=action, subject=subject,
            detail=detail,
        )  # fmt: skip
        await self.log.note(entry)

    async def find(
        self, actor: Actor, *, subject: UUID | None = None, before: EntryId | None = None, limit: int = 20
    ) -> Sequence[AuditEntry]:
        """For admins: the newest entries, or those about a dealer or a person."""
        demand(actor.roles, Permission.ADMINISTER)
        return await self.log.find(subject=subject, before=before, limit=limit)
