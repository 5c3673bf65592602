"""
People, as admins see them: who there is, and what they may do.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.errors import NotFoundError
from carmarket.core.language import Language
from carmarket.core.users.audit import AuditAction
from carmarket.core.users.email import parse_email
from carmarket.core.users.ids import UserId
from carmarket.core.users.password import demand_password
from carmarket.core.users.roles import Permission, Role, demand
from carmarket.core.users.user import User
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.security import PasswordHasher
from carmarket.ports.users import UserFilter, UserRepository
from carmarket.services.users.accounts import AccountService
from carmarket.services.users.audit import Auditor


@frozen(kw_only=True)
class PeopleService:
    """Every method is for admins: ForbiddenError."""

    users: UserRepository
    accounts: AccountService
    passwords: PasswordHasher
    auditor: Auditor
    clock: Clock
    ids: Ids

    async def add(
        self,
        actor: Actor,
        *,
        email: str,
        name: str,
        password: str,
        roles: frozenset[Role] = frozenset({Role.CUSTOMER}),
        language: Language = Language.ENGLISH,
    ) -> User:
        """
        Open an account for somebody, with a confirmed address: the first admin comes to the market by this.

        Raises: EmailTakenError.
        """
        demand(actor.roles, Permission.ADMINISTER)
        demand_password(password, is_common=self.passwords.is_common)
        now = self.clock.now()
        registered = User.register(
            user_id=UserId(self.ids.new()), email=parse_email(email), name=name, language=language,
            password=await self.passwords.hash(password), now=now,
        )  # fmt: skip
        change = registered.then(lambda it: it.assign(roles, now=now)).then(lambda it: it.confirm_address(now=now))
        await self.auditor.note(actor, AuditAction.ASSIGN_ROLES, change.state.id, detail=", ".join(sorted(roles)))
        await self.users.save(change)
        return change.state

    async def get(self, actor: Actor, user_id: UserId) -> User:
        demand(actor.roles, Permission.ADMINISTER)
        user = await self.users.get(user_id)
        if user is None:
            raise NotFoundError("There is no such account.", field="user", value=str(user_id))
        return user

    async def by_email(self, actor: Actor, email: str) -> User:
        """Raises: NotFoundError."""
        demand(actor.roles, Permission.ADMINISTER)
        user = await self.users.by_email(parse_email(email))
        if user is None:
            raise NotFoundError("There is no such account.", field="email", value=email)
        return user

    async def find(
        self, actor: Actor, *, role: Role | None = None, after: UserId | None = None, limit: int = 20
    ) -> Sequence[User]:
        demand(actor.roles, Permission.ADMINISTER)
        return await self.users.find(UserFilter(role=role), after=after, limit=limit)

    async def assign(self, actor: Actor, user_id: UserId, roles: frozenset[Role]) -> User:
        """Say what somebody may do; all their devices are logged out, so that it counts at once."""
        user = await self.get(actor, user_id)
        change = user.assign(roles, now=self.clock.now())
        await self.auditor.note(actor, AuditAction.ASSIGN_ROLES, user_id, detail=", ".join(sorted(roles)))
        await self.users.save(change)
        await self.accounts.end_sessions(user_id)
        return change.state

    async def end_sessions(self, actor: Actor, user_id: UserId) -> None:
        """Log all of somebody's devices out."""
        user = await self.get(actor, user_id)
        await self.auditor.note(actor, AuditAction.END_SESSIONS, user_id)
        await self.accounts.end_sessions(user.id)
