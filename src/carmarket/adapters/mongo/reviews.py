"""
Reviews as documents. Ratings are counted from an index of the public ones, so that they cannot drift from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from carmarket.adapters.mongo.aggregates import document_of, documents_of, write
from carmarket.adapters.mongo.database import Document, Documents, add_new, answering, update_all
from carmarket.codec.documents import decode_review
from carmarket.core.actor import UserId
from carmarket.core.booking.booking import BookingId
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.period import instant_of, milliseconds
from carmarket.core.reviews.rating import MOST_STARS, Rating
from carmarket.core.reviews.review import Review, ReviewId
from carmarket.core.reviews.reviewable import ReviewableBooking
from carmarket.core.side import Side
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.reviews import ReviewableBookings, ReviewFilter, ReviewRepository


@frozen
class MongoReviewRepository(ReviewRepository):
    """The review is JSON; what is asked for stands beside it."""

    _documents: Documents

    async def save(self, change: Change[Review]) -> None:
        if change.is_empty:
            return
        review = change.state
        fields = {
            "seller": review.seller,
            "customer": review.customer,
            "author": review.author.value,
            "stars": review.stars,
            "is_public": review.is_public,
            "is_waiting": review.is_waiting,
            "reveals_at": None if review.reveals_at is None else milliseconds(review.reveals_at),
            "created_at": milliseconds(review.created_at),
            "reporters": [one.reporter for one in review.reports if one.reporter is not None],
        }
        await write(self._documents, change, fields, what="review")

    async def get(self, review_id: ReviewId) -> Review | None:
        found = await document_of(self._documents, {"_id": review_id})
        return None if found is None else decode_review(found)

    async def find(
        self, wanted: ReviewFilter, *, after: Bookmark | None = None, limit: int = 100, oldest_first: bool = False
    ) -> Sequence[Review]:
        way = 1 if oldest_first else -1
        said = {**_said(wanted), **({} if after is None else _behind(after, "$gt" if oldest_first else "$lt"))}
        order = {"created_at": way, "_id": way}
        return tuple(map(decode_review, await documents_of(self._documents, said, order, limit)))

    async def rating(self, seller: SellerId) -> Rating:
        public = {"seller": seller, "is_public": True, "author": Side.CUSTOMER.value}
        with answering():
            found = await self._documents.aggregate(
                [{"$match": public}, {"$group": {"_id": "$stars", "count": {"$sum": 1}}}]
            )
            counted = {one["_id"]: one["count"] for one in await found.to_list()}
        return Rating(tuple(counted.get(stars, 0) for stars in range(1, MOST_STARS + 1)))


@frozen
class MongoReviewableBookings(ReviewableBookings):
    """
    Completed bookings as documents.

    A crash while a person is forgotten leaves some of theirs as they were; whoever forgets does so again, and a repeat
    takes the id out of the rest.
    """

    _documents: Documents

    async def get(self, booking_id: BookingId) -> ReviewableBooking | None:
        with answering():
            found = await self._documents.find_one({"_id": booking_id})
        return None if found is None else _booking(found)

    async def find(self, *, after: BookingId | None = None, limit: int = 100) -> Sequence[ReviewableBooking]:
        behind = {} if after is None else {"_id": {"$gt": after}}
        with answering():
            found = await self._documents.find(behind).sort({"_id": 1}).limit(limit).to_list()
        return tuple(map(_booking, found))

    async def tell(self, bookings: Sequence[ReviewableBooking]) -> None:
        await add_new(self._documents, [_document(one) for one in bookings])

    async def forget(self, customer: UserId) -> None:
        await update_all(self._documents, {"customer": customer}, {"$unset": {"customer": ""}})


def _booking(found: Document) -> ReviewableBooking:
    customer = found.get("customer")
    return ReviewableBooking(
        id=BookingId(found["_id"]),
        car_id=CarId(found["car"]),
        seller=SellerId(found["seller"]),
        customer=None if customer is None else UserId(customer),
        completed_at=instant_of(found["completed_at"]),
    )


def _document(booking: ReviewableBooking) -> dict[str, Any]:
    document = {
        "_id": booking.id,
        "car": booking.car_id,
        "seller": booking.seller,
        "completed_at": milliseconds(booking.completed_at),
    }
    return document if booking.customer is None else {**document, "customer": booking.customer}


def _said(wanted: ReviewFilter) -> dict[str, Any]:
    said = {
        "seller": wanted.seller,
        "customer": wanted.customer,
        "author": None if wanted.author is None else wanted.author.value,
        "is_public": wanted.is_public,
        "is_waiting": wanted.is_waiting,
        "reveals_at": None if wanted.reveals_by is None else {"$lte": milliseconds(wanted.reveals_by)},
        "reporters": wanted.reported_by,
    }
    return {name: value for name, value in said.items() if value is not None}


def _behind(after: Bookmark, way: str) -> dict[str, Any]:
    at = milliseconds(after.at)
    return {"$or": [{"created_at": {way: at}}, {"created_at": at, "_id": {way: after.id}}]}
