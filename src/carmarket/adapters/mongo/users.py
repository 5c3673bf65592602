"""
People, dealers, sessions and the audit log as documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import frozen
from pymongo.errors import DuplicateKeyError

from carmarket.adapters.mongo.aggregates import document_of, documents_of, write
from carmarket.adapters.mongo.database import Documents, add_new, delete_some
from carmarket.codec.documents import decode_audit_entry, decode_dealer, decode_session, decode_user, encode
from carmarket.core.change import Change
from carmarket.core.period import milliseconds
from carmarket.core.users.audit import AuditEntry, EntryId
from carmarket.core.users.dealer import Dealer, DealerStatus
from carmarket.core.users.email import mailbox
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.session import Session, SessionId
from carmarket.core.users.user import EmailTakenError, Identity, User
from carmarket.ports.audit import AuditLog
from carmarket.ports.users import DealerRepository, SessionRepository, UserFilter, UserRepository

MOST_LISTED = MOST_FORGOTTEN = 1_000


@frozen
class MongoUserRepository(UserRepository):
    """What a person is known by is an array with a unique index, so a mailbox is taken with the write itself."""

    _documents: Documents

    async def get(self, user_id: UserId) -> User | None:
        return await self._one({"_id": user_id})

    async def by_email(self, email: str) -> User | None:
        return await self._one({"keys": mailbox(email)})

    async def by_identity(self, identity: Identity) -> User | None:
        return await self._one({"keys": _key_of(identity)})

    async def find(self, wanted: UserFilter, *, after: UserId | None = None, limit: int = 100) -> Sequence[User]:
        said: dict[str, Any] = _behind(after)
        if wanted.is_erased is not None:
            said["is_erased"] = wanted.is_erased
        if wanted.dealer_id is not None:
            said["dealer"] = wanted.dealer_id
        if wanted.role is not None:
            said["roles"] = wanted.role.value
        return tuple(map(decode_user, await documents_of(self._documents, said, {"_id": 1}, limit)))

    async def save(self, change: Change[User]) -> None:
        if change.is_empty:
            return
        user = change.state
        keys = [*([mailbox(user.email)] if user.email else []), *map(_key_of, user.identities)]
        fields = {
            # Left out rather than empty: the unique index takes all empty arrays for the same.
            "keys": keys or None,
            "dealer": user.membership.dealer_id if user.membership else None,
            "roles": sorted(role.value for role in user.all_roles),
            "is_erased": user.is_erased,
        }
        try:
            await write(self._documents, change, fields, what="account")
        except DuplicateKeyError:
            raise EmailTakenError(
                "There is an account under this address.", field="email", expected="an address of one's own"
            ) from None

    async def _one(self, wanted: dict[str, Any]) -> User | None:
        found = await document_of(self._documents, wanted)
        return None if found is None else decode_user(found)


@frozen
class MongoDealerRepository(DealerRepository):
    _documents: Documents

    async def get(self, dealer_id: DealerId) -> Dealer | None:
        found = await document_of(self._documents, {"_id": dealer_id})
        return None if found is None else decode_dealer(found)

    async def find(
        self, status: DealerStatus | None = None, *, after: DealerId | None = None, limit: int = 100
    ) -> Sequence[Dealer]:
        said = {**({} if status is None else {"status": status.value}), **_behind(after)}
        return tuple(map(decode_dealer, await documents_of(self._documents, said, {"_id": 1}, limit)))

    async def inviting(self, email: str) -> Sequence[Dealer]:
        said = {"invited": mailbox(email)}
        return tuple(map(decode_dealer, await documents_of(self._documents, said, {"_id": 1}, MOST_LISTED)))

    async def save(self, change: Change[Dealer]) -> None:
        if change.is_empty:
            return
        invited = sorted({mailbox(one.email) for one in change.state.invitations})
        fields = {"status": change.state.status.value, "invited": invited}
        await write(self._documents, change, fields, what="dealer")


@frozen
class MongoSessionRepository(SessionRepository):
    _documents: Documents

    async def get(self, session_id: SessionId) -> Session | None:
        found = await document_of(self._documents, {"_id": session_id})
        return None if found is None else decode_session(found)

    async def of_user(self, user_id: UserId) -> Sequence[Session]:
        newest = await documents_of(self._documents, {"user": user_id}, {"_id": -1}, MOST_LISTED)
        return tuple(map(decode_session, reversed(newest)))

    async def find(self, *, after: SessionId | None = None, limit: int = 100) -> Sequence[Session]:
        return tuple(map(decode_session, await documents_of(self._documents, _behind(after), {"_id": 1}, limit)))

    async def save(self, change: Change[Session]) -> None:
        session = change.state
        if session.version != change.base:
            fields = {"user": session.user_id, "created_at": milliseconds(session.created_at)}
            await write(self._documents, change, fields, what="session")

    async def forget(self, begun_before: datetime) -> int:
        wanted = {"created_at": {"$lt": milliseconds(begun_before)}}
        return await delete_some(self._documents, wanted, MOST_FORGOTTEN)


@frozen
class MongoAuditLog(AuditLog):
    _documents: Documents

    async def note(self, entry: AuditEntry) -> None:
        await add_new(self._documents, [{"_id": entry.id, "subject": entry.subject, "document": encode(entry)}])

    async def find(
        self, *, subject: UUID | None = None, before: EntryId | None = None, limit: int = 100
    ) -> Sequence[AuditEntry]:
        said: dict[str, Any] = {} if subject is None else {"subject": subject}
        if before is not None:
            said["_id"] = {"$lt": before}
        return tuple(map(decode_audit_entry, await documents_of(self._documents, said, {"_id": -1}, limit)))


def _behind(after: UUID | None) -> dict[str, Any]:
    return {} if after is None else {"_id": {"$gt": after}}


def _key_of(identity: Identity) -> str:
    """No mailbox looks like it: there is a space in it."""
    return f"{identity.issuer} {identity.subject}"
