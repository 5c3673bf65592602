"""
What is held about a person: they see all of it, and can have it erased.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from carmarket.core.actor import Actor
from carmarket.core.errors import ConflictError
from carmarket.core.users.audit import AuditAction
from carmarket.core.users.ids import UserId
from carmarket.core.users.roles import Permission, Role, demand
from carmarket.core.users.user import User
from carmarket.ports.clock import Clock
from carmarket.ports.users import DealerRepository, SessionRepository, UserFilter, UserRepository
from carmarket.services.insisting import insist
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
    dealers: DealerRepository
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

        A dealer of whom nobody else is left closes with its last owner.

        Raises: InvalidError for a wrong password; ConflictError for the last owner of a dealer where others work.
        """
        user = await self.accounts.me(actor)
        await self.accounts.demand_password_if_any(user, password)
        await self._erase(user)

    async def erase_user(self, actor: Actor, user_id: UserId) -> None:
        """For admins, who were asked to. Raises: NotFoundError; ConflictError as `erase`."""
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
        await self._leave_dealer(user)
        for dealer in await self.dealers.inviting(user.email):
            await insist(self.dealers, dealer, lambda it: it.uninvite(user.email, now=self.clock.now()))
        await self.users.save(user.erase(now=self.clock.now()))
        await self.accounts.end_sessions(user.id)

    async def _leave_dealer(self, user: User) -> None:
        """A dealer has an owner, as long as anybody works there."""
        if user.membership is None or user.membership.role is not Role.DEALER_OWNER:
            return
        dealer_id = user.membership.dealer_id
        others = [
            one for one in await self.users.find(UserFilter(dealer_id=dealer_id), limit=1_000) if one.id != user.id
        ]
        if any(one.membership and one.membership.role is Role.DEALER_OWNER for one in others):
            return
        if others:
            raise ConflictError(
                "You are the last owner of a dealer where others work.", field="dealer", value=str(dealer_id),
                expected="another owner, or nobody else, first",
            )  # fmt: skip
        await insist(self.dealers, await self.dealers.get(dealer_id), lambda it: it.close(now=self.clock.now()))
