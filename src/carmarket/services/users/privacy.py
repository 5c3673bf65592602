"""
What is held about a person: they see all of it, and can have it erased.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from carmarket.core.actor import Actor
from carmarket.core.users.audit import AuditAction
from carmarket.core.users.ids import UserId
from carmarket.core.users.roles import Permission, demand
from carmarket.core.users.user import User
from carmarket.ports.clock import Clock
from carmarket.ports.users import SessionRepository, UserRepository
from carmarket.services.users.accounts import AccountService
from carmarket.services.users.audit import Auditor


@frozen(kw_only=True)
class Holding:
    """One kind of thing that is held about people: how to see it, and how to let go of whom it is about."""

    name: str
    held: Callable[[UserId], Awaitable[Sequence[Any]]]
    forget: Callable[[UserId], Awaitable[None]]
    """Erase it, or make it say nothing of the person where the fact itself must be kept. Safe to repeat."""


@frozen(kw_only=True)
class PrivacyService:
    accounts: AccountService
    users: UserRepository
    sessions: SessionRepository
    auditor: Auditor
    clock: Clock
    holdings: tuple[Holding, ...] = ()

    async def download(self, actor: Actor) -> Mapping[str, Any]:
        """
        All that is held about oneself, by kind. What guards the account, such as the password's hash, is not in it.

        Raises: NotFoundError for an actor without an account.
        """
        user = await self.accounts.me(actor)
        sessions = [evolve(one, seed="") for one in await self.sessions.of_user(user.id)]
        return {
            "account": evolve(user, password=None, second_factor=None),
            "sessions": sessions,
            "audit": await self.auditor.log.find(subject=user.id, limit=1_000),
            **{one.name: await one.held(user.id) for one in self.holdings},
        }

    async def erase(self, actor: Actor, *, password: str) -> None:
        """
        Erase oneself, by one's password. It cannot be undone.

        The account is empty at once and all devices are logged out; what the other subjects hold goes with the
        event that tells it.

        Raises: InvalidError for a wrong password.
        """
        user = await self.accounts.me(actor)
        if user.password is not None:
            await self.accounts.demand_password_of(user, password)
        await self._erase(user)

    async def erase_user(self, actor: Actor, user_id: UserId) -> None:
        """For admins, who were asked to. Raises: NotFoundError."""
        demand(actor.roles, Permission.ADMINISTER)
        user = await self.accounts.me(evolve(actor, user_id=user_id))
        await self.auditor.note(actor, AuditAction.ERASE_USER, user_id)
        await self._erase(user)

    async def forget(self, user_id: UserId) -> None:
        """Let every subject forget somebody who is erased. Safe to repeat."""
        await self.accounts.end_sessions(user_id)
        for holding in self.holdings:
            await holding.forget(user_id)

    async def _erase(self, user: User) -> None:
        await self.users.save(user.erase(now=self.clock.now()))
        await self.accounts.end_sessions(user.id)
