"""
Dealers: they apply, and an admin verifies them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.change import Change
from carmarket.core.errors import (
    ConcurrencyConflictError,
    ConflictError,
    NotFoundError,
)
from carmarket.core.users.audit import AuditAction
from carmarket.core.users.dealer import Dealer, DealerPlace, DealerStatus
from carmarket.core.users.ids import DealerId
from carmarket.core.users.roles import Permission, Role, allows, demand
from carmarket.core.versions import demand_newest, repeated
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.users import DealerRepository, UserRepository
from carmarket.services.users.accounts import AccountService
from carmarket.services.users.audit import Auditor

KEYS = UUID("0b9a4c52-0e63-5c8e-9d0b-8a1f2f6d7c10")


@frozen(kw_only=True)
class DealerService:
    """
    Raises everywhere: NotFoundError for a dealer that is not there or not for the actor to see; StaleError when
        `expected` is not the newest version; ConcurrencyConflictError when somebody else was faster.
    """

    accounts: AccountService
    dealers: DealerRepository
    users: UserRepository
    auditor: Auditor
    clock: Clock
    ids: Ids

    async def apply(
        self,
        actor: Actor,
        *,
        name: str,
        places: tuple[DealerPlace, ...] = (),
        website: str | None = None,
        key: str | None = None,
        fingerprint: str | None = None,
    ) -> Dealer:
        """
        Ask to be a dealer; the person who does is its first owner, at the next refresh of their tokens.

        With an idempotency `key` the same request has one effect.

        Raises: ConflictError for who works for a dealer already; KeyReusedError when the key came before with
            another `fingerprint`.
        """
        user = await self.accounts.me(actor)
        dealer_id = DealerId(self.ids.new() if key is None else uuid5(KEYS, f"dealer:{actor.user_id}:{key}"))
        if user.membership is not None and user.membership.dealer_id != dealer_id:
            raise ConflictError("One person works for one dealer.", field="dealer", expected="to leave the other first")
        now = self.clock.now()
        change = Dealer.apply(
            dealer_id=dealer_id, applicant=user.id, name=name, places=places, website=website, now=now,
            fingerprint=fingerprint,
        )  # fmt: skip
        dealer = change.state
        try:
            await self.dealers.save(change)
        except ConcurrencyConflictError:
            known = await self.dealers.get(dealer_id)
            if known is None:
                raise
            dealer = repeated(known, fingerprint)
            if dealer.version > 1:  # it has had a life since, in which its first owner may have left
                return dealer
        await self.users.save(user.join(dealer_id, Role.DEALER_OWNER, now=now))
        return dealer

    async def get(self, actor: Actor | None, dealer_id: DealerId) -> Dealer:
        """A verified dealer, or one's own; admins see all."""
        dealer = await self.dealers.get(dealer_id)
        is_ours = actor is not None and (actor.dealer_id == dealer_id or allows(actor.roles, Permission.ADMINISTER))
        if dealer is None or not (dealer.is_verified or is_ours):
            raise NotFoundError("There is no such dealer.", field="dealer", value=str(dealer_id))
        return dealer

    async def find(
        self, actor: Actor, status: DealerStatus | None = None, *, after: DealerId | None = None, limit: int = 20
    ) -> Sequence[Dealer]:
        """For admins: dealers by id."""
        demand(actor.roles, Permission.ADMINISTER)
        return await self.dealers.find(status, after=after, limit=limit)

    async def revise(
        self,
        actor: Actor,
        dealer_id: DealerId,
        *,
        name: str,
        places: tuple[DealerPlace, ...],
        website: str | None,
        expected: int | None = None,
    ) -> Dealer:
        """Say something else of one's dealer."""
        dealer = await self.managed(actor, dealer_id, expected)
        return await self._save(dealer.revise(name=name, places=places, website=website, now=self.clock.now()))

    async def verify(self, actor: Actor, dealer_id: DealerId, *, expected: int | None = None) -> Dealer:
        """For admins: its cars go live at once, from its staff's next refresh of their tokens on."""
        return await self._judged(
            actor, dealer_id, expected, AuditAction.VERIFY_DEALER, lambda it, now: it.verify(now=now)
        )

    async def reject(self, actor: Actor, dealer_id: DealerId, *, reason: str, expected: int | None = None) -> Dealer:
        """For admins: it cannot be verified as it is."""
        return await self._judged(
            actor, dealer_id, expected, AuditAction.REJECT_DEALER, lambda it, now: it.reject(reason, now=now)
        )

    async def suspend(self, actor: Actor, dealer_id: DealerId, *, reason: str, expected: int | None = None) -> Dealer:
        """
        For admins: it is trusted no longer.

        Its cars go from the public to review, and their open bookings are called off, by the event that tells it; all
        that was public comes back when it is verified again.
        """
        return await self._judged(
            actor, dealer_id, expected, AuditAction.SUSPEND_DEALER, lambda it, now: it.suspend(reason, now=now)
        )

    async def managed(self, actor: Actor, dealer_id: DealerId, expected: int | None = None) -> Dealer:
        """The dealer, for who may say what is told of it and who works there; admins may for all."""
        dealer = await self.dealers.get(dealer_id)
        is_admin = allows(actor.roles, Permission.ADMINISTER)
        if dealer is None or not (actor.dealer_id == dealer_id or is_admin):
            raise NotFoundError("There is no such dealer.", field="dealer", value=str(dealer_id))
        demand(actor.roles, Permission.MANAGE)
        demand_newest(dealer, expected, what="dealer")
        return dealer

    async def _judged(
        self,
        actor: Actor,
        dealer_id: DealerId,
        expected: int | None,
        action: AuditAction,
        decide: Callable[[Dealer, datetime], Change[Dealer]],
    ) -> Dealer:
        demand(actor.roles, Permission.ADMINISTER)
        dealer = await self.get(actor, dealer_id)
        demand_newest(dealer, expected, what="dealer")
        change = decide(dealer, self.clock.now())
        await self.auditor.note(actor, action, dealer_id)
        return await self._save(change)

    async def _save(self, change: Change[Dealer]) -> Dealer:
        await self.dealers.save(change)
        return change.state
