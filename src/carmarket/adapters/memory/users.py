"""
People, dealers, sessions and the audit log in dictionaries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import define, field

from carmarket.adapters.memory.store import MemoryStore
from carmarket.core.change import Change
from carmarket.core.users.audit import AuditEntry, EntryId
from carmarket.core.users.dealer import Dealer, DealerStatus
from carmarket.core.users.email import mailbox
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.session import Session, SessionId
from carmarket.core.users.user import EmailTakenError, Identity, User
from carmarket.core.versions import demand_base
from carmarket.ports.audit import AuditLog
from carmarket.ports.users import DealerRepository, SessionRepository, UserFilter, UserRepository


@define
class MemoryUserRepository(UserRepository):
    """Every method runs without an await inside, so each is atomic."""

    _store: MemoryStore
    _users: dict[UserId, User] = field(factory=dict)
    _holders: dict[str | Identity, UserId] = field(factory=dict)
    """Whose a mailbox or an identity is."""

    async def get(self, user_id: UserId) -> User | None:
        return self._users.get(user_id)

    async def by_email(self, email: str) -> User | None:
        return self._held(mailbox(email))

    async def by_identity(self, identity: Identity) -> User | None:
        return self._held(identity)

    async def find(self, wanted: UserFilter, *, after: UserId | None = None, limit: int = 100) -> Sequence[User]:
        return _page((one for one in self._users.values() if _is_wanted(one, wanted)), after, limit)

    async def save(self, change: Change[User]) -> None:
        if change.is_empty:
            return
        user = change.state
        stored = self._users.get(user.id)
        demand_base(stored, change, what="account")
        keys = _keys(user)
        for key in keys:
            if self._holders.get(key, user.id) != user.id:
                raise EmailTakenError(
                    "There is an account under this address.", field="email", expected="an address of one's own"
                )
        for key in _keys(stored) if stored else ():
            del self._holders[key]
        self._holders.update(dict.fromkeys(keys, user.id))
        self._users[user.id] = user
        self._store.record(change.events)

    def _held(self, key: str | Identity) -> User | None:
        user_id = self._holders.get(key)
        return None if user_id is None else self._users[user_id]


@define
class MemoryDealerRepository(DealerRepository):
    _store: MemoryStore
    _dealers: dict[DealerId, Dealer] = field(factory=dict)

    async def get(self, dealer_id: DealerId) -> Dealer | None:
        return self._dealers.get(dealer_id)

    async def find(
        self, status: DealerStatus | None = None, *, after: DealerId | None = None, limit: int = 100
    ) -> Sequence[Dealer]:
        return _page((one for one in self._dealers.values() if status in (None, one.status)), after, limit)

    async def inviting(self, email: str) -> Sequence[Dealer]:
        return _page((one for one in self._dealers.values() if one.invites(email)), None, 1_000)

    async def save(self, change: Change[Dealer]) -> None:
        if change.is_empty:
            return
        demand_base(self._dealers.get(change.state.id), change, what="dealer")
        self._dealers[change.state.id] = change.state
        self._store.record(change.events)


@define
class MemorySessionRepository(SessionRepository):
    _sessions: dict[SessionId, Session] = field(factory=dict)

    async def get(self, session_id: SessionId) -> Session | None:
        return self._sessions.get(session_id)

    async def of_user(self, user_id: UserId) -> Sequence[Session]:
        return _page((one for one in self._sessions.values() if one.user_id == user_id), None, None)[-1_000:]

    async def find(self, *, after: SessionId | None = None, limit: int = 100) -> Sequence[Session]:
        return _page(self._sessions.values(), after, limit)

    async def save(self, change: Change[Session]) -> None:
        if change.state.version == change.base:
            return
        demand_base(self._sessions.get(change.state.id), change, what="session")
        self._sessions[change.state.id] = change.state

    async def forget(self, begun_before: datetime) -> int:
        old = [one.id for one in self._sessions.values() if one.created_at < begun_before][:1_000]
        for session_id in old:
            del self._sessions[session_id]
        return len(old)


@define
class MemoryAuditLog(AuditLog):
    _entries: dict[EntryId, AuditEntry] = field(factory=dict)

    async def note(self, entry: AuditEntry) -> None:
        self._entries.setdefault(entry.id, entry)

    async def find(
        self, *, subject: UUID | None = None, before: EntryId | None = None, limit: int = 100
    ) -> Sequence[AuditEntry]:
        wanted = [
            one
            for one in self._entries.values()
            if subject in (None, one.subject) and (before is None or one.id < before)
        ]
        return tuple(sorted(wanted, key=lambda one: one.id, reverse=True)[:limit])


def _is_wanted(user: User, wanted: UserFilter) -> bool:
    works_for = user.membership.dealer_id if user.membership else None
    return (
        wanted.is_erased in (None, user.is_erased)
        and wanted.dealer_id in (None, works_for)
        and (wanted.role is None or wanted.role in user.all_roles)
    )


def _keys(user: User) -> Sequence[str | Identity]:
    """What nobody else may be known by."""
    return (*([mailbox(user.email)] if user.email else []), *user.identities)


def _page(found: Iterable[Any], after: UUID | None, limit: int | None) -> Sequence[Any]:
    """Those behind `after`, sorted by id."""
    behind = (one for one in found if after is None or one.id > after)
    return tuple(sorted(behind, key=lambda one: one.id)[:limit])
