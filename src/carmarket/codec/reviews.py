"""
Reviews as they are shown: to everybody, and to those who have to do with them.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.booking.booking import BookingId
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.reviews.lifecycle import TRANSITIONS, ReviewAction, ReviewStatus
from carmarket.core.reviews.rating import Rating
from carmarket.core.reviews.review import Reply, Review, ReviewId
from carmarket.core.side import Side, sides_of
from carmarket.core.users.roles import Permission, allows


@frozen(kw_only=True)
class PublicReview:
    """What a customer says of a seller; who it is, nobody is told."""

    id: ReviewId
    car_id: CarId
    stars: int
    text: str
    """Empty: the person has erased themselves."""
    reply: Reply | None
    created_at: datetime


@frozen(kw_only=True)
class RatingView:
    count: int
    average: float | None
    distribution: tuple[int, ...]
    """How many gave one star, two stars and so on to five."""


@frozen(kw_only=True)
class SellerReviews:
    """A seller's rating, what customers say, the newest first, and where the next page begins."""

    rating: RatingView
    reviews: tuple[PublicReview, ...]
    next: str | None


@frozen(kw_only=True)
class ReportView:
    reason: str
    at: datetime


@frozen(kw_only=True)
class ReviewView:
    """A review as one sees it who may."""

    id: ReviewId
    version: int
    status: ReviewStatus
    is_public: bool
    actions: tuple[str, ...]
    """What whoever asks can do with it now, by the last part of its address."""
    booking_id: BookingId | None
    """For the two sides and moderators."""
    car_id: CarId
    seller: SellerId
    author: Side
    stars: int
    text: str
    reply: Reply | None
    rejection: str | None
    reports: tuple[ReportView, ...]
    """For moderators."""
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class ReviewPage:
    reviews: tuple[ReviewView, ...]
    next: str | None


def public_review(review: Review) -> PublicReview:
    return PublicReview(
        id=review.id,
        car_id=review.car_id,
        stars=review.stars,
        text=review.text,
        reply=review.reply,
        created_at=review.created_at,
    )


def rating_view(rating: Rating) -> RatingView:
    return RatingView(count=rating.count, average=rating.average, distribution=rating.distribution)


def review_view(review: Review, actor: Actor) -> ReviewView:
    moderates = allows(actor.roles, Permission.MODERATE)
    knows = moderates or bool(_sides(review, actor))
    return ReviewView(
        id=review.id,
        version=review.version,
        status=review.status,
        is_public=review.is_public,
        actions=offered(review, actor),
        booking_id=review.booking_id if knows else None,
        car_id=review.car_id,
        seller=review.seller,
        author=review.author,
        stars=review.stars,
        text=review.text,
        reply=review.reply,
        rejection=review.rejection,
        reports=tuple(ReportView(reason=one.reason, at=one.at) for one in review.reports) if moderates else (),
        created_at=review.created_at,
        updated_at=review.updated_at,
    )


def offered(review: Review, actor: Actor) -> tuple[str, ...]:
    """What the actor can do with the review as it stands."""
    may: set[str] = set()
    if allows(actor.roles, Permission.MODERATE):
        may |= {action.value for status, action in TRANSITIONS if status is review.status}
        if not review.is_waiting:
            may.discard(ReviewAction.APPROVE.value)
    if review.is_public and all(one.reporter != actor.user_id for one in review.reports):
        may.add("report")
    if review.is_public and review.reply is None and review.author.other in _sides(review, actor):
        may.add("reply")
    return tuple(sorted(may))


def _sides(review: Review, actor: Actor) -> frozenset[Side]:
    return sides_of(actor, customer=review.customer, seller=review.seller, speaking=Permission.REVIEW)
