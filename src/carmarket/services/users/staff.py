"""
A dealer's staff: people come by invitation, and go.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.errors import ConflictError, ForbiddenError, LimitedError, NotFoundError
from carmarket.core.language import Language
from carmarket.core.letters import Letter, LetterKind
from carmarket.core.limits import Limit
from carmarket.core.users.audit import AuditAction
from carmarket.core.users.dealer import Dealer, DealerStatus
from carmarket.core.users.email import mailbox, parse_email
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.roles import Role
from carmarket.core.users.user import User
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.limits import RateLimiter
from carmarket.ports.users import DealerRepository, UserFilter, UserRepository
from carmarket.services.limits import SECOND
from carmarket.services.post import Post
from carmarket.services.users.accounts import AccountService
from carmarket.services.users.audit import Auditor
from carmarket.services.users.dealers import DealerService

TO_ONE_MAILBOX = Limit(3, timedelta(days=1))
OF_ONE_DEALER = Limit(50, timedelta(days=1))


@frozen(kw_only=True)
class StaffService:
    """Raises everywhere: NotFoundError for a dealer or a person that is not there, or not for the actor to see."""

    accounts: AccountService
    dealers: DealerService
    stock: DealerRepository
    users: UserRepository
    auditor: Auditor
    post: Post
    limiter: RateLimiter
    clock: Clock
    ids: Ids

    async def invite(self, actor: Actor, dealer_id: DealerId, *, email: str, role: Role) -> Dealer:
        """
        Ask somebody to work for one's dealer, by a letter that counts for two weeks.

        Raises: ForbiddenError for a manager who names an owner; ConflictError for a dealer that is not verified, in
            whose name nobody is written to; LimitedError for too many, to one mailbox or in all.
        """
        dealer = await self.dealers.managed(actor, dealer_id)
        _demand_rank(actor, role)
        if not dealer.is_verified:
            raise ConflictError(
                "Only a verified dealer invites people.", field="status", value=dealer.status.value,
                expected=DealerStatus.VERIFIED.value,
            )  # fmt: skip
        address, invitation_id = parse_email(email), self.ids.new()
        await self._demand_patience(f"invitations {dealer_id} {mailbox(address)}", TO_ONE_MAILBOX)
        await self._demand_patience(f"invitations {dealer_id}", OF_ONE_DEALER)
        await self.auditor.note(actor, AuditAction.INVITE_STAFF, dealer_id, detail=role)
        change = dealer.invite(invitation_id=invitation_id, email=address, role=role, now=self.clock.now())
        await self.stock.save(change)
        inviting = await self.users.get(actor.user_id)
        facts = {
            "dealer": dealer.name,
            "role": role.value,
            "link": f"/join?dealer={dealer_id}&invitation={invitation_id}",
        }
        letter = Letter(
            id=invitation_id, kind=LetterKind.INVITATION, to=address, name="", facts=facts,
            language=inviting.language if inviting else Language.ENGLISH,
        )  # fmt: skip
        await self.post.hand_over(letter)
        return change.state

    async def accept(self, actor: Actor, dealer_id: DealerId, invitation_id: UUID) -> User:
        """
        Take an invitation that was sent to one's own confirmed address.

        Raises: ForbiddenError while the address is not confirmed; ConflictError for who works for another dealer.
        """
        user = await self.accounts.me(actor)
        if not user.is_verified:
            raise ForbiddenError("The address is not confirmed.", field="email", expected="a confirmed address")
        dealer = await self.stock.get(dealer_id)
        if dealer is None:
            raise NotFoundError("There is no such dealer.", field="dealer", value=str(dealer_id))
        now = self.clock.now()
        if user.membership is not None and user.membership.dealer_id == dealer_id and not dealer.has(invitation_id):
            return user
        change = user.join(dealer_id, dealer.invitation(invitation_id, email=user.email, now=now).role, now=now)
        await self.users.save(change)
        await self.stock.save(dealer.close_invitation(invitation_id, now=now))
        return change.state

    async def staff(self, actor: Actor, dealer_id: DealerId) -> Sequence[User]:
        """Who works for one's dealer."""
        await self.dealers.managed(actor, dealer_id)
        return await self.users.find(UserFilter(dealer_id=dealer_id), limit=1_000)

    async def remove(self, actor: Actor, dealer_id: DealerId, user_id: UserId) -> None:
        """
        Somebody works for one's dealer no longer; all their devices are logged out.

        Raises: ConflictError for the last owner.
        """
        staff = await self.staff(actor, dealer_id)
        leaving = next((one for one in staff if one.id == user_id), None)
        if leaving is None or leaving.membership is None:
            raise NotFoundError("Nobody of this id works here.", field="user", value=str(user_id))
        _demand_rank(actor, leaving.membership.role)
        owners = [one for one in staff if one.membership and one.membership.role is Role.DEALER_OWNER]
        if owners == [leaving]:
            raise ConflictError(
                "A dealer has an owner.", field="user", value=str(user_id), expected="another owner first"
            )
        await self.auditor.note(actor, AuditAction.REMOVE_STAFF, user_id, detail=str(dealer_id))
        dealer = await self.dealers.managed(actor, dealer_id)
        await self.stock.save(dealer.uninvite(leaving.email, now=self.clock.now()))
        await self.users.save(leaving.leave(now=self.clock.now()))
        await self.accounts.end_sessions(user_id)

    async def _demand_patience(self, key: str, limit: Limit) -> None:
        verdict = await self.limiter.hit(key, limit)
        if not verdict.is_allowed:
            raise LimitedError("So many were invited already.", retry_after=verdict.retry_after / SECOND)


def _demand_rank(actor: Actor, role: Role) -> None:
    """Raises: ForbiddenError for a manager who decides on an owner."""
    if role is Role.DEALER_OWNER and not {Role.DEALER_OWNER, Role.ADMIN} & actor.roles:
        raise ForbiddenError("Only an owner decides on owners.", field="role", value=role, expected="another role")
