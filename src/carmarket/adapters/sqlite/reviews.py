"""
Reviews in a table. Ratings are counted from an index of the public ones, so that they cannot drift from them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from attrs import frozen

from carmarket.adapters.sqlite.database import Database
from carmarket.adapters.sqlite.events import event_rows
from carmarket.adapters.sqlite.statements import statements
from carmarket.codec.documents import decode_review, encode
from carmarket.core.actor import UserId
from carmarket.core.booking.booking import BookingId
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.period import instant_of, milliseconds
from carmarket.core.reviews.rating import MOST_STARS, Rating
from carmarket.core.reviews.review import Review, ReviewId
from carmarket.core.reviews.reviewable import ReviewableBooking
from carmarket.core.versions import changed_meanwhile
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.reviews import ReviewableBookings, ReviewFilter, ReviewRepository

SQL = statements("reviews")
RECORD = statements("events")["record"]


@frozen
class SqliteReviewRepository(ReviewRepository):
    """The review is JSON; what is asked for stands beside it."""

    _database: Database

    async def save(self, change: Change[Review]) -> None:
        if not change.is_empty:
            await self._database.write(lambda it: _save(it, change))

    async def get(self, review_id: ReviewId) -> Review | None:
        row = await self._database.read(lambda it: it.execute(SQL["get"], (review_id.bytes,)).fetchone())
        return decode_review(row[0]) if row else None

    async def find(
        self, wanted: ReviewFilter, *, after: Bookmark | None = None, limit: int = 100, oldest_first: bool = False
    ) -> Sequence[Review]:
        where, values = _where(wanted, after, oldest_first=oldest_first)
        way = "ASC" if oldest_first else "DESC"
        sql = f"SELECT document FROM {_source(wanted)} WHERE {where} ORDER BY created_at {way}, id {way} LIMIT ?"  # noqa: S608  fixed texts and marks
        rows = await self._database.read(lambda it: it.execute(sql, (*values, limit)).fetchall())
        return tuple(decode_review(document) for (document,) in rows)

    async def rating(self, seller: SellerId) -> Rating:
        rows = await self._database.read(lambda it: it.execute(SQL["rating"], (seller.bytes,)).fetchall())
        counted = dict(rows)
        return Rating(tuple(counted.get(stars, 0) for stars in range(1, MOST_STARS + 1)))


@frozen
class SqliteReviewableBookings(ReviewableBookings):
    """Completed bookings as rows."""

    _database: Database

    async def get(self, booking_id: BookingId) -> ReviewableBooking | None:
        row = await self._database.read(lambda it: it.execute(SQL["booking"], (booking_id.bytes,)).fetchone())
        return _booking(*row) if row else None

    async def find(self, *, after: BookingId | None = None, limit: int = 100) -> Sequence[ReviewableBooking]:
        values = (after.bytes if after else b"", limit)
        rows = await self._database.read(lambda it: it.execute(SQL["bookings"], values).fetchall())
        return tuple(_booking(*row) for row in rows)

    async def tell(self, bookings: Sequence[ReviewableBooking]) -> None:
        rows = [
            (
                one.id.bytes,
                one.car_id.bytes,
                one.seller.bytes,
                None if one.customer is None else one.customer.bytes,
                milliseconds(one.completed_at),
            )
            for one in bookings
        ]
        if rows:
            await self._database.write(lambda it: it.executemany(SQL["tell_booking"], rows).rowcount)

    async def forget(self, customer: UserId) -> None:
        await self._database.write(lambda it: it.execute(SQL["forget_customer"], (customer.bytes,)).rowcount)


def _booking(key: bytes, car: bytes, seller: bytes, customer: bytes | None, completed_at: int) -> ReviewableBooking:
    return ReviewableBooking(
        id=BookingId(UUID(bytes=key)),
        car_id=CarId(UUID(bytes=car)),
        seller=SellerId(UUID(bytes=seller)),
        customer=None if customer is None else UserId(UUID(bytes=customer)),
        completed_at=instant_of(completed_at),
    )


def _save(connection: sqlite3.Connection, change: Change[Review]) -> None:
    review = change.state
    values = {
        "id": review.id.bytes,
        "base": change.base,
        "version": review.version,
        "seller": review.seller.bytes,
        "customer": None if review.customer is None else review.customer.bytes,
        "author": review.author.value,
        "stars": review.stars,
        "is_public": int(review.is_public),
        "is_waiting": int(review.is_waiting),
        "reveals_at": None if review.reveals_at is None else milliseconds(review.reveals_at),
        "created_at": milliseconds(review.created_at),
        "document": encode(review),
    }
    if connection.execute(SQL["update" if change.base else "insert"], values).rowcount != 1:
        found = connection.execute(SQL["version"], (review.id.bytes,)).fetchone()
        raise changed_meanwhile(change.base, found[0] if found else 0, what="review")
    reports = [(one.reporter.bytes, review.id.bytes) for one in review.reports if one.reporter is not None]
    connection.execute(SQL["forget_reports"], (review.id.bytes,))
    connection.executemany(SQL["remember_report"], reports)
    connection.executemany(RECORD, event_rows(change.events))


def _source(wanted: ReviewFilter) -> str:
    """SQLite would rather walk all reviews in the order of time than sort the few that are due."""
    return "reviews" if wanted.reveals_by is None else "reviews INDEXED BY reviews_hidden"


def _where(wanted: ReviewFilter, after: Bookmark | None, *, oldest_first: bool) -> tuple[str, list[Any]]:
    """A condition of fixed texts, and the values of its marks."""
    conditions: list[str] = ["1"]
    values: list[Any] = []
    for column, key in (("seller", wanted.seller), ("customer", wanted.customer)):
        if key is not None:
            conditions.append(f"{column} = ?")
            values.append(key.bytes)
    if wanted.author is not None:
        conditions.append("author = ?")
        values.append(wanted.author.value)
    for column, flag in (("is_public", wanted.is_public), ("is_waiting", wanted.is_waiting)):
        if flag is not None:
            conditions.append(f"{column} = {int(flag)}")  # a fixed text, for an index of these alone
    if wanted.reveals_by is not None:
        conditions.append("reveals_at IS NOT NULL AND reveals_at <= ?")
        values.append(milliseconds(wanted.reveals_by))
    if wanted.reported_by is not None:
        conditions.append("id IN (SELECT review FROM review_reports WHERE reporter = ?)")
        values.append(wanted.reported_by.bytes)
    if after is not None:
        conditions.append(f"(created_at, id) {'>' if oldest_first else '<'} (?, ?)")
        values += [milliseconds(after.at), after.id.bytes]
    return " AND ".join(conditions), values
