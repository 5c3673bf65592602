"""
Where privileged actions are noted.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from carmarket.core.users.audit import AuditEntry, EntryId
from carmarket.ports.offer import Port


class AuditLog(Protocol):
    """Only ever added to: there is no way to change or remove an entry."""

    @abstractmethod
    async def note(self, entry: AuditEntry) -> None:
        """Keep the entry, durably. One whose id is there already is kept as it was."""

    @abstractmethod
    async def find(
        self, *, subject: UUID | None = None, before: EntryId | None = None, limit: int = 100
    ) -> Sequence[AuditEntry]:
        """Up to `limit` (1 to 1,000) entries, about this subject if one is said, the newest (by id) first."""


AUDIT = Port[AuditLog]("audit")
