"""
Listings as their sellers see them.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.lifecycle import ENDED, TRANSITIONS, ListingAction, ListingStatus
from carmarket.core.catalog.listing import Details, Listing, ListingId
from carmarket.core.catalog.ownership import owns
from carmarket.core.catalog.photos import Photo
from carmarket.core.catalog.prices import PricePoint
from carmarket.core.money import Money
from carmarket.core.users.roles import Permission, allows

OF_THE_MARKET = frozenset({ListingAction.EXPIRE, ListingAction.RESERVE, ListingAction.RELEASE, ListingAction.RECALL})
"""Steps that jobs and bookings take."""
OF_MODERATORS = frozenset({"approve", "reject"})


@frozen(kw_only=True)
class ListingView:
    """A listing as its seller sees it."""

    id: ListingId
    version: int
    status: ListingStatus
    actions: tuple[str, ...]
    """What whoever asks can do with it now, by the last part of its address."""
    seller: SellerId
    details: Details
    price: Money
    price_history: tuple[PricePoint, ...]
    photos: tuple[Photo, ...]
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    expires_at: datetime | None
    rejection: str | None
    relisted_from: ListingId | None


@frozen(kw_only=True)
class ListingPage:
    """Listings by id, and where the next page begins."""

    listings: tuple[ListingView, ...]
    next: str | None


def view(listing: Listing, actor: Actor) -> ListingView:
    return ListingView(
        id=listing.id,
        version=listing.version,
        status=listing.status,
        actions=offered(listing, actor),
        seller=listing.seller,
        details=listing.details,
        price=listing.price.current,
        price_history=listing.price.history,
        photos=listing.photos.items,
        created_at=listing.created_at,
        updated_at=listing.updated_at,
        published_at=listing.published_at,
        expires_at=listing.expires_at,
        rejection=listing.rejection,
        relisted_from=listing.relisted_from,
    )


def offered(listing: Listing, actor: Actor) -> tuple[str, ...]:
    """What the actor can do with the listing as it stands."""
    steps = {action for status, action in TRANSITIONS if status is listing.status} - OF_THE_MARKET
    names = {action.value for action in steps}
    if listing.status is ListingStatus.PENDING:
        names |= OF_MODERATORS
    if listing.status is ListingStatus.DRAFT:
        names.add("publish")
    if listing.status in ENDED:
        names.add("relist")
    may = names & OF_MODERATORS if allows(actor.roles, Permission.MODERATE) else set()
    if owns(actor, listing):
        may |= names - OF_MODERATORS
    return tuple(sorted(may))
