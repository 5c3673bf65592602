"""
What the page of a completed booking offers: to review it, and to answer what the other side wrote.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.params import FromPath

from carmarket.core.booking.booking import BookingId
from carmarket.core.errors import CarmarketError, InvalidError
from carmarket.core.reviews.review import ReviewId
from carmarket.entrypoints.web.booking_pages import show_booking
from carmarket.entrypoints.web.limits import WRITE
from carmarket.entrypoints.web.visit import Visit


@post("/bookings/{booking_id:uuid}/review", status_code=200, opt=WRITE)
async def write_review(request: Request[Any, Any, Any], booking_id: FromPath[UUID]) -> Response[str]:
    """Say how it was, as the side that one was on."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    known = BookingId(booking_id)
    try:
        await visit.market.reviews.write(actor, known, stars=_stars(said.get("stars", "")), text=said.get("text", ""))
    except CarmarketError as error:
        return await show_booking(visit, known, error, said=said)
    return visit.see(f"/bookings/{booking_id}")


@post("/reviews/{review_id:uuid}/reply", status_code=200, opt=WRITE)
async def reply_to_review(request: Request[Any, Any, Any], review_id: FromPath[UUID]) -> Response[str]:
    """Answer a review of oneself, once."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    reviews = visit.market.reviews
    review = await reviews.get(actor, ReviewId(review_id))
    try:
        await reviews.reply(actor, review.id, text=said.get("text", ""))
    except CarmarketError as error:
        return await show_booking(visit, review.booking_id, error, said=said)
    return visit.see(f"/bookings/{review.booking_id}")


def _stars(text: str) -> int:
    """Raises: InvalidError."""
    if text not in {"1", "2", "3", "4", "5"}:
        raise InvalidError("Choose how many stars you give.", field="stars", value=text[:40], expected="1 to 5")
    return int(text)
