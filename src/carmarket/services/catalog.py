"""
The catalog: sellers list their cars, moderators let them through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.identity import keyed_id, relisted_id
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import LIFETIME, Details, Listing, ListingId
from carmarket.core.catalog.ownership import demand_owner, owns, seller_of
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError, NotFoundError
from carmarket.core.money import Money
from carmarket.core.users.roles import Permission, allows, demand
from carmarket.core.versions import demand_newest, repeated
from carmarket.ports.catalog import ListingFilter, ListingRepository
from carmarket.ports.clock import Clock, Ids


@frozen(kw_only=True)
class CatalogService:
    """
    Every method takes the actor first; `expected` is the version that the caller decided on, if it says one.

    Raises everywhere: NotFoundError for a listing that is not there or not for the actor to see; StaleError when
        `expected` is not the newest version; ConcurrencyConflictError when somebody else was faster.
    """

    listings: ListingRepository
    clock: Clock
    ids: Ids
    lifetime: timedelta = LIFETIME

    async def draft(
        self,
        actor: Actor,
        *,
        details: Details,
        price: Money,
        key: str | None = None,
        fingerprint: str | None = None,
    ) -> Listing:
        """
        Begin a listing that nobody but its seller sees.

        With an idempotency `key` the same request has one effect: its repeat gives the listing as it is now.

        Raises: KeyReusedError when the key came before with another `fingerprint`.
        """
        demand(actor.roles, Permission.SELL)
        listing_id = ListingId(self.ids.new()) if key is None else keyed_id(actor.user_id, key)
        change = Listing.draft(
            listing_id=listing_id,
            seller=seller_of(actor),
            details=details,
            price=price,
            now=self.clock.now(),
            fingerprint=fingerprint,
        )
        try:
            await self.listings.save(change)
        except ConcurrencyConflictError:
            return await self._repeated(listing_id, fingerprint)
        return change.state

    async def get(self, actor: Actor, listing_id: ListingId) -> Listing:
        """One's own listing; moderators see all."""
        return await self._seen(actor, listing_id)

    async def find(
        self,
        actor: Actor,
        *,
        statuses: frozenset[ListingStatus] = frozenset(),
        seller: SellerId | None = None,
        everybody: bool = False,
        after: ListingId | None = None,
        limit: int = 20,
    ) -> Sequence[Listing]:
        """One's own listings by id; for moderators, on demand, those of another seller or of everybody."""
        if everybody or seller not in (None, seller_of(actor)):
            demand(actor.roles, Permission.MODERATE)
        whose = None if everybody else seller or seller_of(actor)
        wanted = ListingFilter(seller=whose, statuses=statuses)
        return await self.listings.find(wanted, after=after, limit=limit)

    async def revise(
        self, actor: Actor, listing_id: ListingId, *, details: Details, expected: int | None = None
    ) -> Listing:
        """Say something else of the car."""
        return await self.change(
            actor, listing_id, expected, lambda listing: listing.revise(details, now=self.clock.now())
        )

    async def reprice(
        self, actor: Actor, listing_id: ListingId, *, price: Money, expected: int | None = None
    ) -> Listing:
        """Ask another price."""
        return await self.change(
            actor, listing_id, expected, lambda listing: listing.reprice(price, now=self.clock.now())
        )

    async def submit(self, actor: Actor, listing_id: ListingId, *, expected: int | None = None) -> Listing:
        """Ask for review."""
        return await self.change(actor, listing_id, expected, lambda listing: listing.submit(now=self.clock.now()))

    async def publish(self, actor: Actor, listing_id: ListingId, *, expected: int | None = None) -> Listing:
        """
        Put a listing before the public.

        Sellers publish their own cars; without a verified dealer behind them the car goes to review first.
        """
        return await self.change(
            actor,
            listing_id,
            expected,
            lambda listing: listing.publish(now=self.clock.now(), reviewed=actor.is_trusted, lifetime=self.lifetime),
        )

    async def approve(self, actor: Actor, listing_id: ListingId, *, expected: int | None = None) -> Listing:
        """Let a listing that waits for review before the public."""
        return await self._moderate(
            actor,
            listing_id,
            expected,
            lambda listing: listing.publish(now=self.clock.now(), reviewed=True, lifetime=self.lifetime),
        )

    async def reject(self, actor: Actor, listing_id: ListingId, *, reason: str, expected: int | None = None) -> Listing:
        """Send a listing that waits for review back to its seller."""
        return await self._moderate(
            actor, listing_id, expected, lambda listing: listing.reject(reason, now=self.clock.now())
        )

    async def reopen(self, actor: Actor, listing_id: ListingId, *, expected: int | None = None) -> Listing:
        """Make a draft of a rejected listing."""
        return await self.change(actor, listing_id, expected, lambda listing: listing.reopen(now=self.clock.now()))

    async def pause(self, actor: Actor, listing_id: ListingId, *, expected: int | None = None) -> Listing:
        """Take it from the public for a while; `publish` brings it back."""
        return await self.change(actor, listing_id, expected, lambda listing: listing.pause(now=self.clock.now()))

    async def renew(self, actor: Actor, listing_id: ListingId, *, expected: int | None = None) -> Listing:
        """Give it another lifetime from now."""
        return await self.change(
            actor, listing_id, expected, lambda listing: listing.renew(now=self.clock.now(), lifetime=self.lifetime)
        )

    async def sell(self, actor: Actor, listing_id: ListingId, *, expected: int | None = None) -> Listing:
        """The car is sold."""
        return await self.change(actor, listing_id, expected, lambda listing: listing.sell(now=self.clock.now()))

    async def archive(self, actor: Actor, listing_id: ListingId, *, expected: int | None = None) -> Listing:
        """Put it away."""
        return await self.change(actor, listing_id, expected, lambda listing: listing.archive(now=self.clock.now()))

    async def relist(self, actor: Actor, listing_id: ListingId, *, expected: int | None = None) -> Listing:
        """
        List a sold or archived car anew; the draft keeps its history.

        The same ended version is relisted once: a repeat gives the draft that there is.
        """
        old = await self._seen(actor, listing_id)
        demand_owner(actor, old)
        demand_newest(old, expected, what="listing")
        fresh = old.relist(listing_id=relisted_id(old), now=self.clock.now())
        try:
            await self.listings.save(fresh)
        except ConcurrencyConflictError:
            return await self._seen(actor, fresh.state.id)
        return fresh.state

    async def demand_open(self, actor: Actor, listing_id: ListingId) -> None:
        """Raises: NotFoundError or ForbiddenError unless the actor may change the listing."""
        demand_owner(actor, await self._seen(actor, listing_id))

    async def change(
        self,
        actor: Actor,
        listing_id: ListingId,
        expected: int | None,
        decide: Callable[[Listing], Change[Listing]],
    ) -> Listing:
        """Make any decision that is the seller's to make; the named methods are made of it."""
        listing = await self._seen(actor, listing_id)
        demand_owner(actor, listing)
        return await self._decide(listing, expected, decide)

    async def _moderate(
        self,
        actor: Actor,
        listing_id: ListingId,
        expected: int | None,
        decide: Callable[[Listing], Change[Listing]],
    ) -> Listing:
        demand(actor.roles, Permission.MODERATE)
        return await self._decide(await self._seen(actor, listing_id), expected, decide)

    async def _decide(
        self, listing: Listing, expected: int | None, decide: Callable[[Listing], Change[Listing]]
    ) -> Listing:
        demand_newest(listing, expected, what="listing")
        change = decide(listing)
        await self.listings.save(change)
        return change.state

    async def _seen(self, actor: Actor, listing_id: ListingId) -> Listing:
        listing = await self.listings.get(listing_id)
        if listing is None or not (owns(actor, listing) or allows(actor.roles, Permission.MODERATE)):
            raise NotFoundError("There is no such listing.", field="listing", value=str(listing_id))
        return listing

    async def _repeated(self, listing_id: ListingId, fingerprint: str | None) -> Listing:
        listing = await self.listings.get(listing_id)
        assert listing is not None, "it is there, or saving it would not have failed"
        return repeated(listing, fingerprint)
