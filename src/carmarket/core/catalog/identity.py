"""
Ids of listings that are made from what is known, so that the same thing has the same id every time.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid5

from carmarket.core.actor import UserId
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.listing import Listing, ListingId

KEYS = UUID("0a7e5c52-5c2e-5b39-8f0e-51a8f1f3a0c7")


def keyed_id(user_id: UserId, key: str) -> ListingId:
    """What a person's Idempotency-Key stands for."""
    return ListingId(uuid5(KEYS, f"catalog:{user_id}:{key}"))


def relisted_id(ended: Listing) -> ListingId:
    """The id under which an ended listing is listed anew, be it by hand or by an import."""
    return ListingId(uuid5(ended.id, f"relist:{ended.version}"))


def imported_id(seller: SellerId, identity: str, is_taken: Callable[[UUID], bool]) -> ListingId:
    """
    The same for the same car in every file of a seller; `identity` is what its row tells of who it is.

    Where only what stands in the row tells cars apart ("row:..."), rows that say the same are numbered.
    """
    listing_id = uuid5(seller, identity)
    occurrence = 0
    while identity.startswith("row:") and is_taken(listing_id):
        occurrence += 1
        listing_id = uuid5(seller, f"{identity}:{occurrence}")
    return ListingId(listing_id)


def known_by_vin(seller: SellerId, vin: str) -> UUID:
    """What stands for any car of the seller with this VIN; also the id of one that only its VIN tells from others."""
    return uuid5(seller, f"vin:{vin}")
