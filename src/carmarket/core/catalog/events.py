"""
What happens to listings.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.core.catalog.car import Car, SellerId
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.events import Event


@frozen(kw_only=True)
class ListingEvent(Event):
    """
    Every event of a listing tells its new status and what the public saw before and sees after.

    `before` and `after` are `None` where the car was or is not before the public.
    """

    seller: SellerId
    status: ListingStatus
    before: Car | None = None
    after: Car | None = None


class ListingDrafted(ListingEvent):
    type = "catalog.listing-drafted"


class ListingRevised(ListingEvent):
    type = "catalog.listing-revised"


class ListingRepriced(ListingEvent):
    type = "catalog.listing-repriced"


class PhotosUploaded(ListingEvent):
    """There are pictures that nobody has looked at yet."""

    type = "catalog.photos-uploaded"


class PhotosChanged(ListingEvent):
    type = "catalog.photos-changed"


class ListingSubmitted(ListingEvent):
    type = "catalog.listing-submitted"


class ListingPublished(ListingEvent):
    type = "catalog.listing-published"


class ListingRejected(ListingEvent):
    type = "catalog.listing-rejected"


class ListingReopened(ListingEvent):
    type = "catalog.listing-reopened"


class ListingPaused(ListingEvent):
    type = "catalog.listing-paused"


class ListingReserved(ListingEvent):
    type = "catalog.listing-reserved"


class ListingReleased(ListingEvent):
    type = "catalog.listing-released"


class ListingSold(ListingEvent):
    type = "catalog.listing-sold"


class ListingExpired(ListingEvent):
    type = "catalog.listing-expired"


class ListingRenewed(ListingEvent):
    type = "catalog.listing-renewed"


class ListingArchived(ListingEvent):
    type = "catalog.listing-archived"


LISTING_EVENTS: tuple[type[ListingEvent], ...] = (
    ListingDrafted,
    ListingRevised,
    ListingRepriced,
    PhotosUploaded,
    PhotosChanged,
    ListingSubmitted,
    ListingPublished,
    ListingRejected,
    ListingReopened,
    ListingPaused,
    ListingReserved,
    ListingReleased,
    ListingSold,
    ListingExpired,
    ListingRenewed,
    ListingArchived,
)
