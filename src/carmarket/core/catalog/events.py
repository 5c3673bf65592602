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


@frozen(kw_only=True)
class ListingDrafted(ListingEvent):
    type = "catalog.listing-drafted"


@frozen(kw_only=True)
class ListingRevised(ListingEvent):
    type = "catalog.listing-revised"


@frozen(kw_only=True)
class ListingRepriced(ListingEvent):
    type = "catalog.listing-repriced"


@frozen(kw_only=True)
class PhotosUploaded(ListingEvent):
    """There are pictures that nobody has looked at yet."""

    type = "catalog.photos-uploaded"


@frozen(kw_only=True)
class PhotosChanged(ListingEvent):
    type = "catalog.photos-changed"


@frozen(kw_only=True)
class ListingSubmitted(ListingEvent):
    type = "catalog.listing-submitted"


@frozen(kw_only=True)
class ListingPublished(ListingEvent):
    type = "catalog.listing-published"


@frozen(kw_only=True)
class ListingRejected(ListingEvent):
    type = "catalog.listing-rejected"


@frozen(kw_only=True)
class ListingReopened(ListingEvent):
    type = "catalog.listing-reopened"


@frozen(kw_only=True)
class ListingPaused(ListingEvent):
    type = "catalog.listing-paused"


@frozen(kw_only=True)
class ListingReserved(ListingEvent):
    type = "catalog.listing-reserved"


@frozen(kw_only=True)
class ListingReleased(ListingEvent):
    type = "catalog.listing-released"


@frozen(kw_only=True)
class ListingSold(ListingEvent):
    type = "catalog.listing-sold"


@frozen(kw_only=True)
class ListingExpired(ListingEvent):
    type = "catalog.listing-expired"


@frozen(kw_only=True)
class ListingRenewed(ListingEvent):
    type = "catalog.listing-renewed"


@frozen(kw_only=True)
class ListingArchived(ListingEvent):
    type = "catalog.listing-archived"


@frozen(kw_only=True)
class ListingRecalled(ListingEvent):
    """Its dealer is trusted no longer: somebody has to look at it before it is public again."""

    type = "catalog.listing-recalled"


@frozen(kw_only=True)
class ListingAnonymised(ListingEvent):
    """Its private seller has erased themselves; what the public saw is not told any more."""

    type = "catalog.listing-anonymised"


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
    ListingRecalled,
    ListingAnonymised,
)
