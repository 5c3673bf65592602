"""
The reviews service's routes: both sides of a booking say how it was, moderators let it pass, everybody reads it.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from attrs import frozen
from litestar import Request, get, post
from litestar.params import FromPath
from msgspec import Meta

from carmarket.codec.reviews import ReviewPage, ReviewView, SellerReviews, public_review, rating_view, review_view
from carmarket.core.actor import Actor
from carmarket.core.booking.booking import BookingId
from carmarket.core.catalog.car import SellerId
from carmarket.core.reviews.review import Review, ReviewId
from carmarket.entrypoints.http.access import KIB, MODERATORS, for_roles, for_users, opened
from carmarket.entrypoints.http.answers import Answer, json_answer, not_modified
from carmarket.entrypoints.http.bodies import Rejection, read_body, read_nothing
from carmarket.entrypoints.http.conditional import expected_version, is_known, tag
from carmarket.entrypoints.http.openapi import CURSOR, IF_MATCH, LIMIT, about, parameter
from carmarket.entrypoints.http.paging import paged
from carmarket.entrypoints.http.queries import flag, query_params
from carmarket.ports.bookmark import Bookmark
from carmarket.services.market import Market
from carmarket.services.reviews import ReviewService

CHANGING = (400, 404, 409, 412, 422, 428)
SMALL = for_users(rate="write", body_limit=16 * KIB)
BOOLEAN = {"type": "boolean", "default": False}
AS_SELLER = parameter("as_seller", "As the seller, and not as the customer.", BOOLEAN)
ABOUT_ME = parameter("about_me", "What others have written about one, and not one's own.", BOOLEAN)
WAITING = parameter("waiting", "For moderators: what waits for them, the oldest first.", BOOLEAN)


@frozen(kw_only=True)
class NewReview:
    """How it was; on which side of the booking one was the market knows."""

    booking_id: UUID
    stars: Annotated[int, Meta(ge=1, le=5)]
    text: Annotated[str, Meta(min_length=1, max_length=2000)]


@frozen(kw_only=True)
class NewReply:
    text: Annotated[str, Meta(min_length=1, max_length=2000)]


@frozen(kw_only=True)
class NewReport:
    """Why a review should not be there."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


@post(
    "/v1/reviews",
    opt={**SMALL, **about("reviews", ok=ReviewView, status=201, body=NewReview, errors=(404, 409))},
)
async def write_review(request: Request[Any, Any, Any]) -> Answer:
    """
    Review a completed booking.

    Each side reviews a booking once, so no key is needed: the same words again answer with the review as it is,
    other words with 409.
    """
    query_params(request, ())
    said = await read_body(request, NewReview)
    review = await _reviews(request).write(request.user, BookingId(said.booking_id), stars=said.stars, text=said.text)
    return _shown(request, review, status=201, headers={"Location": f"/v1/reviews/{review.id}"})


@get(
    "/v1/reviews",
    opt={
        **for_users(),
        **about("reviews", ok=ReviewPage, errors=(400, 422), parameters=[AS_SELLER, ABOUT_ME, WAITING, CURSOR, LIMIT]),
    },
)
async def list_reviews(request: Request[Any, Any, Any]) -> Answer:
    """What one has written, the newest first; what others have written about one; or what waits for moderators."""
    params = query_params(request, ("as_seller", "about_me", "waiting", "cursor", "limit"))
    as_seller, about_me, waiting = (flag(params, name, default=False) for name in ("as_seller", "about_me", "waiting"))
    actor: Actor = request.user
    paging = paged(request, params, Bookmark, of="reviews", asked=[as_seller, about_me, waiting, actor])
    after, most, service = paging.after, paging.looked_at, _reviews(request)
    if waiting:
        found = await service.queue(actor, after=after, limit=most)
    else:
        found = await service.find(actor, as_seller=as_seller, about_me=about_me, after=after, limit=most)
    shown, following = paging.page(found, _bookmark)
    return json_answer(ReviewPage(reviews=tuple(review_view(each, actor) for each in shown), next=following))


@get(
    "/v1/dealers/{seller_id:uuid}/reviews",
    opt={**opened(), **about("reviews", ok=SellerReviews, errors=(400, 404, 422), parameters=[CURSOR, LIMIT])},
)
async def reviews_of_seller(request: Request[Any, Any, Any], seller_id: FromPath[UUID]) -> Answer:
    """What customers say of a seller, the newest first, and what it comes to; for everybody."""
    params = query_params(request, ("cursor", "limit"))
    service, paging = _reviews(request), paged(request, params, Bookmark, of="reviews", asked=seller_id)
    found = await service.of_seller(SellerId(seller_id), after=paging.after, limit=paging.looked_at)
    shown, following = paging.page(found, _bookmark)
    return json_answer(
        SellerReviews(
            rating=rating_view(await service.rating(SellerId(seller_id))),
            reviews=tuple(public_review(each) for each in shown),
            next=following,
        )
    )


@get(
    "/v1/reviews/{review_id:uuid}",
    opt={**for_users(), **about("reviews", ok=ReviewView, errors=(404, 422), also={304: "You have it."})},
)
async def show_review(request: Request[Any, Any, Any], review_id: FromPath[UUID]) -> Answer:
    """Show a review of one's own, or one that is before the public; moderators see all."""
    query_params(request, ())
    review = await _reviews(request).get(request.user, ReviewId(review_id))
    if is_known(request, review.version):
        return not_modified(tag(review.version))
    return _shown(request, review)


@post(
    "/v1/reviews/{review_id:uuid}/approve",
    status_code=200,
    opt={
        **for_roles(MODERATORS, body_limit=KIB),
        **about("reviews", ok=ReviewView, parameters=[IF_MATCH], errors=CHANGING),
    },
)
async def approve_review(request: Request[Any, Any, Any], review_id: FromPath[UUID]) -> Answer:
    """Let a review pass; or, once it was reported, let it stand."""
    query_params(request, ())
    await read_nothing(request)
    expected = expected_version(request)
    return _shown(request, await _reviews(request).approve(request.user, ReviewId(review_id), expected=expected))


@post(
    "/v1/reviews/{review_id:uuid}/reject",
    status_code=200,
    opt={
        **for_roles(MODERATORS, body_limit=16 * KIB),
        **about("reviews", ok=ReviewView, body=Rejection, parameters=[IF_MATCH], errors=CHANGING),
    },
)
async def reject_review(request: Request[Any, Any, Any], review_id: FromPath[UUID]) -> Answer:
    """Keep a review from the public, or take it away, and say why."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, Rejection)
    return _shown(
        request,
        await _reviews(request).reject(request.user, ReviewId(review_id), reason=said.reason, expected=expected),
    )


@post(
    "/v1/reviews/{review_id:uuid}/reply",
    status_code=200,
    opt={**SMALL, **about("reviews", ok=ReviewView, body=NewReply, parameters=[IF_MATCH], errors=CHANGING)},
)
async def reply_to_review(request: Request[Any, Any, Any], review_id: FromPath[UUID]) -> Answer:
    """Answer what was said of one, once and before the public."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, NewReply)
    return _shown(
        request, await _reviews(request).reply(request.user, ReviewId(review_id), text=said.text, expected=expected)
    )


@post(
    "/v1/reviews/{review_id:uuid}/report",
    status_code=200,
    opt={**SMALL, **about("reviews", ok=ReviewView, body=NewReport, errors=(404, 409))},
)
async def report_review(request: Request[Any, Any, Any], review_id: FromPath[UUID]) -> Answer:
    """Call a moderator to a review before the public. A person does so once; again changes nothing."""
    query_params(request, ())
    said = await read_body(request, NewReport)
    return _shown(request, await _reviews(request).report(request.user, ReviewId(review_id), reason=said.reason))


def _bookmark(review: Review) -> Bookmark:
    return Bookmark(review.created_at, review.id)


def _reviews(request: Request[Any, Any, Any]) -> ReviewService:
    market: Market = request.app.state.market
    return market.reviews


def _shown(
    request: Request[Any, Any, Any], review: Review, *, status: int = 200, headers: dict[str, str] | None = None
) -> Answer:
    return json_answer(
        review_view(review, request.user), status=status, headers={"ETag": tag(review.version), **(headers or {})}
    )
