"""
Reviews over REST, for the tests of several modules.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from httpx import Response

from carmarket.core.booking.booking import BookingId
from carmarket.testing.reviews import a_reviewable
from tests.entrypoints.http.service import CUSTOMER, Service


async def completed(service: Service) -> BookingId:
    """A booking of the customer's at the dealer that was completed just now."""
    booking = BookingId(uuid4())
    now = service.market.stock.clock.now()
    told = a_reviewable(id=booking, customer=CUSTOMER.user_id, completed_at=now)
    await service.market.stock.reviewable_bookings.tell([told])
    return booking


async def review(service: Service, who: str = "customer", *, booking: BookingId | None = None, **said: Any) -> Response:
    body = {"booking_id": str(booking or await completed(service)), "stars": 4, "text": "Good.", **said}
    return await service.ask("POST", "/v1/reviews", who, json=body)


async def public_review(service: Service, **said: Any) -> Response:
    """The customer's review of the dealer, before the public."""
    booking = await completed(service)
    written = await review(service, booking=booking, **said)
    await review(service, "dealer", booking=booking)
    await service.market.settle()
    path = f"/v1/reviews/{written.json()['id']}"
    answer = await service.ask("POST", f"{path}/approve", "moderator", etag="*")
    assert answer.json()["is_public"], answer.text
    return answer
