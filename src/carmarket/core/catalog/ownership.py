"""
Whose a listing is, and whether a decision about it was made on its newest version.
"""

from __future__ import annotations

from carmarket.core.actor import Actor
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.listing import Listing
from carmarket.core.errors import ForbiddenError
from carmarket.core.users.roles import Permission, allows


def seller_of(actor: Actor) -> SellerId:
    """Whose cars the actor sells: the dealer's, or its own."""
    return SellerId(actor.dealer_id or actor.user_id)


def owns(actor: Actor, listing: Listing) -> bool:
    """Whether the actor may act on the listing as its seller."""
    sells = listing.seller == seller_of(actor) and allows(actor.roles, Permission.SELL)
    return sells or allows(actor.roles, Permission.ADMINISTER)


def demand_owner(actor: Actor, listing: Listing) -> None:
    """Raises: ForbiddenError unless the actor acts for the seller."""
    if not owns(actor, listing):
        raise ForbiddenError("Only its seller changes a listing.", field="seller", value=str(listing.seller))
