"""
What happens to reviews.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.core.actor import UserId
from carmarket.core.booking.booking import BookingId
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.events import Event
from carmarket.core.reviews.lifecycle import ReviewStatus
from carmarket.core.side import Side


@frozen(kw_only=True)
class ReviewEvent(Event):
    """
    Every event of a review tells whose it is, where it stands and whether the public sees it.

    No event has the words: an event stays in logs when its person has erased themselves. The stars are told once the
    review is public, so that nobody can look under the cover of the other side's.
    """

    booking_id: BookingId
    car_id: CarId
    seller: SellerId
    customer: UserId | None
    author: Side
    status: ReviewStatus
    was_public: bool = False
    is_public: bool
    stars: int | None = None


@frozen(kw_only=True)
class ReviewWritten(ReviewEvent):
    type = "reviews.review-written"


@frozen(kw_only=True)
class ReviewPublished(ReviewEvent):
    """A moderator let it pass; it is before the public once it is revealed too."""

    type = "reviews.review-published"


@frozen(kw_only=True)
class ReviewRejected(ReviewEvent):
    type = "reviews.review-rejected"


@frozen(kw_only=True)
class ReviewRevealed(ReviewEvent):
    """Both sides have written, or the time to write is over."""

    type = "reviews.review-revealed"


@frozen(kw_only=True)
class ReviewAnswered(ReviewEvent):
    """The reviewed side replied."""

    type = "reviews.review-answered"


@frozen(kw_only=True)
class ReviewReported(ReviewEvent):
    type = "reviews.review-reported"


@frozen(kw_only=True)
class ReviewAnonymised(ReviewEvent):
    """Somebody who had to do with it has erased themselves."""

    type = "reviews.review-anonymised"


REVIEW_EVENTS: tuple[type[ReviewEvent], ...] = (
    ReviewWritten,
    ReviewPublished,
    ReviewRejected,
    ReviewRevealed,
    ReviewAnswered,
    ReviewReported,
    ReviewAnonymised,
)
