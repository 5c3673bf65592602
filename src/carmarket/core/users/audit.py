"""
The audit log: who asked for what that others may not.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from attrs import frozen

from carmarket.core.users.ids import UserId

EntryId = NewType("EntryId", UUID)


class AuditAction(StrEnum):
    """Privileged actions."""

    VERIFY_DEALER = "verify-dealer"
    REJECT_DEALER = "reject-dealer"
    SUSPEND_DEALER = "suspend-dealer"
    ASSIGN_ROLES = "assign-roles"
    ERASE_USER = "erase-user"
    EXPORT_USER = "export-user"
    END_SESSIONS = "end-sessions"
    INVITE_STAFF = "invite-staff"
    REMOVE_STAFF = "remove-staff"
    SEND_DEAD_LETTER_AGAIN = "send-dead-letter-again"
    DISCARD_DEAD_LETTER = "discard-dead-letter"
    REPLAY_READER = "replay-reader"


@frozen(kw_only=True)
class AuditEntry:
    """
    One privileged action, noted before it is taken, so that none is taken without its note.

    It carries ids and no personal data, and outlives the people that it is about.
    """

    id: EntryId
    at: datetime
    actor: UserId
    action: AuditAction
    subject: UUID
    """The dealer or person that it was done to, the aggregate whose event it was, or what a reader is known by."""
    detail: str = ""
