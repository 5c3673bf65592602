"""People, reviews and saved searches in a MongoDB database, each aggregate a document with its own outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from carmarket.adapters.mongo import schema
from carmarket.adapters.mongo.alerts import MongoAlertLog
from carmarket.adapters.mongo.database import connected
from carmarket.adapters.mongo.forgotten import MongoResetRequests
from carmarket.adapters.mongo.outbox import MongoOutbox
from carmarket.adapters.mongo.preparing import MongoPreparation, MongoProbe
from carmarket.adapters.mongo.reviews import MongoReviewableBookings, MongoReviewRepository
from carmarket.adapters.mongo.saved_searches import MongoSavedSearches
from carmarket.adapters.mongo.users import (
    MongoAuditLog,
    MongoDealerRepository,
    MongoSessionRepository,
    MongoUserRepository,
)
from carmarket.core.errors import UnavailableError
from carmarket.ports.audit import AUDIT
from carmarket.ports.events import OUTBOX
from carmarket.ports.forgotten import RESET_REQUESTS
from carmarket.ports.offer import Offer
from carmarket.ports.preparing import PREPARATION
from carmarket.ports.probe import PROBE
from carmarket.ports.reviews import REVIEWABLE_BOOKINGS, REVIEWS
from carmarket.ports.saved_searches import ALERTS, SAVED_SEARCHES
from carmarket.ports.users import DEALERS, SESSIONS, USERS

T = TypeVar("T")

__all__ = [
    "MongoAlertLog",
    "MongoAuditLog",
    "MongoDealerRepository",
    "MongoOutbox",
    "MongoPreparation",
    "MongoResetRequests",
    "MongoReviewRepository",
    "MongoReviewableBookings",
    "MongoSavedSearches",
    "MongoSessionRepository",
    "MongoUserRepository",
    "offer",
]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """
    The stores in the database that the URL names: `mongodb://host:27017/carmarket`, or `mongodb+srv://...`.

    Collections and indexes are made at once if the server answers; one that is away is not waited for.

    Raises: InvalidError for a URL without a database.
    """
    async with connected(url) as database:
        # It opens while the server is away: what needs no people goes on, and a deployment prepares by `PREPARATION`.
        with suppress(UnavailableError):
            await schema.prepare(database)
        searches, alerts = database[schema.SAVED_SEARCHES], database[schema.ALERTS]
        yield Offer(
            {
                USERS.name: _made(lambda: MongoUserRepository(database[schema.USERS])),
                DEALERS.name: _made(lambda: MongoDealerRepository(database[schema.DEALERS])),
                SESSIONS.name: _made(lambda: MongoSessionRepository(database[schema.SESSIONS])),
                AUDIT.name: _made(lambda: MongoAuditLog(database[schema.AUDIT])),
                RESET_REQUESTS.name: _made(lambda: MongoResetRequests(database[schema.RESET_REQUESTS])),
                REVIEWS.name: _made(lambda: MongoReviewRepository(database[schema.REVIEWS])),
                REVIEWABLE_BOOKINGS.name: _made(lambda: MongoReviewableBookings(database[schema.REVIEWABLE])),
                SAVED_SEARCHES.name: _made(lambda: MongoSavedSearches(searches, alerts)),
                ALERTS.name: _made(lambda: MongoAlertLog(alerts, searches)),
                OUTBOX.name: _made(lambda: MongoOutbox(database)),
                PROBE.name: _made(lambda: MongoProbe(database)),
                PREPARATION.name: _made(lambda: MongoPreparation(database)),
            }
        )


def _made(build: Callable[[], T]) -> Callable[[], Awaitable[T]]:
    async def made() -> T:
        return build()

    return made
