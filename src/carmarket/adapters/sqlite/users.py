"""
People, dealers, sessions and the audit log in tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import frozen

from carmarket.adapters.sqlite.database import Database
from carmarket.adapters.sqlite.events import event_rows
from carmarket.adapters.sqlite.statements import statements
from carmarket.codec.documents import decode_audit_entry, decode_dealer, decode_session, decode_user, encode
from carmarket.core.change import Change
from carmarket.core.period import milliseconds
from carmarket.core.users.audit import AuditEntry, EntryId
from carmarket.core.users.dealer import Dealer, DealerStatus
from carmarket.core.users.email import mailbox
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.session import Session, SessionId
from carmarket.core.users.user import EmailTakenError, Identity, User
from carmarket.core.versions import changed_meanwhile
from carmarket.ports.audit import AuditLog
from carmarket.ports.users import DealerRepository, SessionRepository, UserFilter, UserRepository

SQL = statements("users")
RECORD = statements("events")["record"]
FIRST, LAST = b"", b"\xff" * 17
"""Before and behind every id."""


@frozen
class SqliteUserRepository(UserRepository):
    """The documents are JSON; what a person is known by stands in a table of its own, where it is unique."""

    _database: Database

    async def get(self, user_id: UserId) -> User | None:
        return await self._one("get", user_id.bytes)

    async def by_email(self, email: str) -> User | None:
        return await self._one("by_key", mailbox(email))

    async def by_identity(self, identity: Identity) -> User | None:
        return await self._one("by_key", _key_of(identity))

    async def find(self, wanted: UserFilter, *, after: UserId | None = None, limit: int = 100) -> Sequence[User]:
        role = None if wanted.role is None else f",{wanted.role},"
        values: tuple[Any, ...] = (after.bytes if after else FIRST, role, limit, wanted.is_erased)
        name = "find"
        if wanted.dealer_id is not None:
            name, values = "find_staff", (*values, wanted.dealer_id.bytes)
        rows = await self._database.read(lambda it: it.execute(SQL[name], values).fetchall())
        return tuple(decode_user(document) for (document,) in rows)

    async def save(self, change: Change[User]) -> None:
        if not change.is_empty:
            await self._database.write(lambda it: _save_user(it, change))

    async def _one(self, name: str, value: object) -> User | None:
        row = await self._database.read(lambda it: it.execute(SQL[name], (value,)).fetchone())
        return decode_user(row[0]) if row else None


@frozen
class SqliteDealerRepository(DealerRepository):
    _database: Database

    async def get(self, dealer_id: DealerId) -> Dealer | None:
        row = await self._database.read(lambda it: it.execute(SQL["get_dealer"], (dealer_id.bytes,)).fetchone())
        return decode_dealer(row[0]) if row else None

    async def find(
        self, status: DealerStatus | None = None, *, after: DealerId | None = None, limit: int = 100
    ) -> Sequence[Dealer]:
        values: tuple[Any, ...] = (after.bytes if after else FIRST, limit)
        name = "find_dealers"
        if status is not None:
            name, values = "find_dealers_in", (*values, status.value)
        rows = await self._database.read(lambda it: it.execute(SQL[name], values).fetchall())
        return tuple(decode_dealer(document) for (document,) in rows)

    async def inviting(self, email: str) -> Sequence[Dealer]:
        values = (mailbox(email),)
        rows = await self._database.read(lambda it: it.execute(SQL["inviting"], values).fetchall())
        return tuple(decode_dealer(document) for (document,) in rows)

    async def save(self, change: Change[Dealer]) -> None:
        dealer = change.state
        row = (dealer.id.bytes, dealer.version, dealer.status.value, encode(dealer))
        invited = [(box, dealer.id.bytes) for box in sorted({mailbox(one.email) for one in dealer.invitations})]

        def write(connection: sqlite3.Connection) -> None:
            _demand_version(connection, "dealer_version", change, "dealer")
            connection.execute(SQL["put_dealer"], row)
            connection.execute(SQL["nobody_invited"], (dealer.id.bytes,))
            connection.executemany(SQL["invited"], invited)
            connection.executemany(RECORD, event_rows(change.events))

        if not change.is_empty:
            await self._database.write(write)


@frozen
class SqliteSessionRepository(SessionRepository):
    _database: Database

    async def get(self, session_id: SessionId) -> Session | None:
        row = await self._database.read(lambda it: it.execute(SQL["get_session"], (session_id.bytes,)).fetchone())
        return decode_session(row[0]) if row else None

    async def of_user(self, user_id: UserId) -> Sequence[Session]:
        rows = await self._database.read(lambda it: it.execute(SQL["sessions_of"], (user_id.bytes,)).fetchall())
        return tuple(decode_session(document) for (document,) in rows)

    async def find(self, *, after: SessionId | None = None, limit: int = 100) -> Sequence[Session]:
        values = (after.bytes if after else FIRST, limit)
        rows = await self._database.read(lambda it: it.execute(SQL["find_sessions"], values).fetchall())
        return tuple(decode_session(document) for (document,) in rows)

    async def save(self, change: Change[Session]) -> None:
        session = change.state
        begun = milliseconds(session.created_at)
        row = (session.id.bytes, session.version, session.user_id.bytes, begun, encode(session))

        def write(connection: sqlite3.Connection) -> None:
            _demand_version(connection, "session_version", change, "session")
            connection.execute(SQL["put_session"], row)

        if session.version != change.base:
            await self._database.write(write)

    async def forget(self, begun_before: datetime) -> int:
        moment = milliseconds(begun_before)
        return await self._database.write(lambda it: it.execute(SQL["forget_sessions"], (moment,)).rowcount)


@frozen
class SqliteAuditLog(AuditLog):
    _database: Database

    async def note(self, entry: AuditEntry) -> None:
        row = (entry.id.bytes, entry.subject.bytes, encode(entry))
        await self._database.write(lambda it: it.execute(SQL["note"], row).rowcount)

    async def find(
        self, *, subject: UUID | None = None, before: EntryId | None = None, limit: int = 100
    ) -> Sequence[AuditEntry]:
        values: tuple[Any, ...] = (before.bytes if before else LAST, limit)
        name = "entries"
        if subject is not None:
            name, values = "entries_about", (*values, subject.bytes)
        rows = await self._database.read(lambda it: it.execute(SQL[name], values).fetchall())
        return tuple(decode_audit_entry(document) for (document,) in rows)


def _save_user(connection: sqlite3.Connection, change: Change[User]) -> None:
    user = change.state
    _demand_version(connection, "version", change, "account")
    keys = [*([mailbox(user.email)] if user.email else []), *map(_key_of, user.identities)]
    for key in keys:
        holder = connection.execute(SQL["holder"], (key,)).fetchone()
        if holder and holder[0] != user.id.bytes:
            raise EmailTakenError(
                "There is an account under this address.", field="email", expected="an address of one's own"
            )
    dealer = user.membership.dealer_id.bytes if user.membership else None
    roles = f",{','.join(sorted(user.all_roles))},"
    row = (user.id.bytes, user.version, dealer, roles, int(user.is_erased), encode(user))
    connection.execute(SQL["update" if change.base else "insert"], row)
    connection.execute(SQL["free_keys"], (user.id.bytes,))
    connection.executemany(SQL["hold_key"], [(key, user.id.bytes) for key in keys])
    connection.executemany(RECORD, event_rows(change.events))


def _demand_version(connection: sqlite3.Connection, statement: str, change: Change[Any], what: str) -> None:
    """Inside of the one transaction that writes, so that it still holds when it is written."""
    found = connection.execute(SQL[statement], (change.state.id.bytes,)).fetchone()
    version = found[0] if found else 0
    if version != change.base:
        raise changed_meanwhile(change.base, version, what=what)


def _key_of(identity: Identity) -> str:
    """No mailbox looks like it: there is a space in it."""
    return f"{identity.issuer} {identity.subject}"
