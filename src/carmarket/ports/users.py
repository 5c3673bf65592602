"""
Where people, dealers and sessions are kept.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from carmarket.core.change import Change
from carmarket.core.users.dealer import Dealer, DealerStatus
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.roles import Role
from carmarket.core.users.session import Session, SessionId
from carmarket.core.users.user import Identity, User
from carmarket.ports.offer import Port


@frozen(kw_only=True)
class UserFilter:
    """Which people; a field that says nothing lets all pass."""

    dealer_id: DealerId | None = None
    """Who works for this dealer."""
    role: Role | None = None
    is_erased: bool | None = False
    """With `None` those too who have erased themselves, with `True` they alone."""


class UserRepository(Protocol):
    """
    The store of accounts.

    - What was saved is read back equal in every field; state and events are written in one atomic step, or neither.
    - Of two writers that start from the same version one wins; the other gets ConcurrencyConflictError.
    - A mailbox (`core.users.email.mailbox`) has one account, and so has an identity: EmailTakenError.
    - A store that does not answer raises UnavailableError.
    """

    @abstractmethod
    async def get(self, user_id: UserId) -> User | None:
        """The account as last saved, or `None`."""

    @abstractmethod
    async def by_email(self, email: str) -> User | None:
        """Whose mailbox this is."""

    @abstractmethod
    async def by_identity(self, identity: Identity) -> User | None:
        """Who is known by this at another provider."""

    @abstractmethod
    async def find(self, wanted: UserFilter, *, after: UserId | None = None, limit: int = 100) -> Sequence[User]:
        """Up to `limit` (1 to 1,000) of the wanted people behind `after`, sorted by id."""

    @abstractmethod
    async def save(self, change: Change[User]) -> None:
        """
        Write one change; one that is empty writes nothing.

        Raises: ConcurrencyConflictError if the stored version is not `change.base` (0: there is none);
            EmailTakenError.
        """


class DealerRepository(Protocol):
    """The store of dealers: as of people, without mailboxes."""

    @abstractmethod
    async def get(self, dealer_id: DealerId) -> Dealer | None:
        """The dealer as last saved, or `None`."""

    @abstractmethod
    async def find(
        self, status: DealerStatus | None = None, *, after: DealerId | None = None, limit: int = 100
    ) -> Sequence[Dealer]:
        """Up to `limit` (1 to 1,000) of the dealers, in this state if one is said, behind `after`, sorted by id."""

    @abstractmethod
    async def inviting(self, email: str) -> Sequence[Dealer]:
        """Up to 1,000 dealers with an invitation to this mailbox, be it over or not, sorted by id."""

    @abstractmethod
    async def save(self, change: Change[Dealer]) -> None:
        """Raises: ConcurrencyConflictError if the stored version is not `change.base` (0: there is none)."""


class SessionRepository(Protocol):
    """The store of sessions. They have no events; what has not changed its version writes nothing."""

    @abstractmethod
    async def get(self, session_id: SessionId) -> Session | None:
        """The session as last saved, or `None`."""

    @abstractmethod
    async def of_user(self, user_id: UserId) -> Sequence[Session]:
        """The up to 1,000 newest sessions of a person, sorted by id, ended ones too."""

    @abstractmethod
    async def find(self, *, after: SessionId | None = None, limit: int = 100) -> Sequence[Session]:
        """Up to `limit` (1 to 1,000) of all sessions behind `after`, sorted by id, ended ones too."""

    @abstractmethod
    async def save(self, change: Change[Session]) -> None:
        """Raises: ConcurrencyConflictError if the stored version is not `change.base` (0: there is none)."""

    @abstractmethod
    async def forget(self, begun_before: datetime) -> int:
        """Delete up to 1,000 sessions that began before this moment; how many went."""


USERS = Port[UserRepository]("users")
DEALERS = Port[DealerRepository]("dealers")
SESSIONS = Port[SessionRepository]("sessions")
