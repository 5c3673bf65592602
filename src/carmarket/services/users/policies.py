"""
What follows when people leave, lose rights or are trusted no longer: sentences, as in `carmarket.services.policies`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from attrs import frozen

from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.lifecycle import RECALLABLE, ListingStatus
from carmarket.core.catalog.listing import Listing
from carmarket.core.change import Change
from carmarket.core.events import Event
from carmarket.core.users.dealer import Dealer, DealerStatus
from carmarket.core.users.events import DealerClosed, DealerSuspended, DealerVerified, RolesChanged, UserErased
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.roles import Permission, allows
from carmarket.core.users.user import User
from carmarket.ports.catalog import LARGEST_BATCH, ListingFilter, ListingRepository
from carmarket.ports.clock import Clock
from carmarket.ports.users import DealerRepository, UserRepository
from carmarket.ports.webhooks import WebhookFilter, WebhookRepository
from carmarket.services.insisting import insist
from carmarket.services.readers import Policy
from carmarket.services.users.privacy import PrivacyService


@frozen(kw_only=True)
class WhenSomebodyIsErasedForgetThem:
    """What the other subjects hold goes with the account. Safe to repeat, for to forget twice is to forget."""

    privacy: PrivacyService

    async def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, UserErased):
                await self.privacy.forget(UserId(event.key))


@frozen(kw_only=True)
class WhenADealerIsTrustedNoLongerTakeItsCarsBack:
    """
    Its cars go from the public to review; those of a dealer that is closed end, without all that tells of it.

    Idempotent by state: it goes by what the dealer is now, and finds no such car a second time.
    """

    dealers: DealerRepository
    listings: ListingRepository
    clock: Clock

    async def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, DealerSuspended | DealerClosed):
                await self._follow(await self.dealers.get(DealerId(event.key)))

    async def _follow(self, dealer: Dealer | None) -> None:
        if dealer is not None and dealer.status is DealerStatus.CLOSED:
            await _each(self.listings, dealer, frozenset(), lambda it: it.forget(now=self.clock.now()))
        elif dealer is not None and dealer.status is DealerStatus.SUSPENDED:
            await _each(self.listings, dealer, RECALLABLE, lambda it: it.recall(now=self.clock.now()))


@frozen(kw_only=True)
class WhenADealerIsVerifiedAgainGiveItsCarsBack:
    """What was before the public when the dealer was suspended is so again. Idempotent by state."""

    dealers: DealerRepository
    listings: ListingRepository
    clock: Clock
    lifetime: timedelta

    async def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            dealer = await self.dealers.get(DealerId(event.key)) if isinstance(event, DealerVerified) else None
            if dealer is not None and dealer.is_verified:
                await _each(
                    self.listings, dealer, frozenset({ListingStatus.PENDING}),
                    lambda it: it.reinstate(now=self.clock.now(), lifetime=self.lifetime),
                )  # fmt: skip


@frozen(kw_only=True)
class WhenSomebodysRightsChangeStopTheirWebhooks:
    """
    What somebody set up tells nothing any more once they could not set it up again; a colleague takes it over by
    saying it anew. Those of a dealer that is closed go.

    Idempotent by state.
    """

    users: UserRepository
    webhooks: WebhookRepository
    clock: Clock

    async def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, RolesChanged | UserErased):
                await self._stop(UserId(event.key))
            elif isinstance(event, DealerClosed):
                await self._remove(SellerId(event.key))

    async def _stop(self, user_id: UserId) -> None:
        user = await self.users.get(user_id)
        for webhook in await self.webhooks.find(WebhookFilter(everybody=True, user_id=user_id), limit=LARGEST_BATCH):
            if webhook.is_active and not (user is not None and may_integrate(user, webhook.seller)):
                await insist(self.webhooks, webhook, lambda it: it.stop(now=self.clock.now()))

    async def _remove(self, seller: SellerId) -> None:
        for webhook in await self.webhooks.find(WebhookFilter(seller=seller), limit=LARGEST_BATCH):
            await self.webhooks.remove(webhook.id)


@frozen(kw_only=True)
class DoAll:
    """Several policies, one behind the other."""

    policies: tuple[Policy, ...]

    async def __call__(self, events: Sequence[Event]) -> None:
        for policy in self.policies:
            await policy(events)


def may_integrate(user: User, seller: SellerId | None) -> bool:
    """Whether somebody may have a system told of a seller's events; `None`: of everybody's."""
    if seller is None:
        return allows(user.all_roles, Permission.ADMINISTER)
    works_for = user.membership and user.membership.dealer_id
    return works_for == seller and allows(user.all_roles, Permission.INTEGRATE)


async def _each(
    listings: ListingRepository,
    dealer: Dealer,
    statuses: frozenset[ListingStatus],
    decide: Callable[[Listing], Change[Listing]],
) -> None:
    """Decide on all of a dealer's listings in these states; anew on those that were changed meanwhile."""
    wanted = ListingFilter(seller=SellerId(dealer.id), statuses=statuses)
    last = None
    while batch := await listings.find(wanted, after=last, limit=LARGEST_BATCH):
        for rejected in await listings.save_all([decide(listing) for listing in batch]):
            await insist(listings, await listings.get(rejected.change.state.id), decide)
        last = batch[-1].id
