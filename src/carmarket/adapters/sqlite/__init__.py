"""A market in one SQLite file: everything that is written, and the event log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from carmarket.adapters.sqlite.backup import SqliteBackup
from carmarket.adapters.sqlite.booking import SqliteBookingRepository, SqliteBookingRules
from carmarket.adapters.sqlite.catalog import SqliteListingRepository
from carmarket.adapters.sqlite.database import Database
from carmarket.adapters.sqlite.dead_letters import SqliteDeadLetters
from carmarket.adapters.sqlite.enquiries import SqliteEnquirableCars, SqliteEnquiryRepository
from carmarket.adapters.sqlite.events import SqliteEventLog, SqliteEventPublisher, SqliteReaderPositions
from carmarket.adapters.sqlite.forgotten import SqliteResetRequests
from carmarket.adapters.sqlite.imports import SqliteImportRepository
from carmarket.adapters.sqlite.leadership import FileLeadership
from carmarket.adapters.sqlite.reviews import SqliteReviewableBookings, SqliteReviewRepository
from carmarket.adapters.sqlite.saved_searches import SqliteAlertLog, SqliteSavedSearches
from carmarket.adapters.sqlite.users import (
    SqliteAuditLog,
    SqliteDealerRepository,
    SqliteSessionRepository,
    SqliteUserRepository,
)
from carmarket.adapters.sqlite.webhooks import SqliteDeliveryRepository, SqliteWebhookRepository
from carmarket.core.errors import InvalidError
from carmarket.ports.audit import AUDIT
from carmarket.ports.backup import BACKUP
from carmarket.ports.booking import BOOKING_RULES, BOOKINGS
from carmarket.ports.catalog import LISTINGS
from carmarket.ports.dead_letters import DEAD_LETTERS
from carmarket.ports.enquiries import ENQUIRABLE_CARS, ENQUIRIES
from carmarket.ports.events import EVENTS, LEADERSHIP, PUBLISHER, READERS
from carmarket.ports.forgotten import RESET_REQUESTS
from carmarket.ports.imports import IMPORTS
from carmarket.ports.offer import Offer
from carmarket.ports.reviews import REVIEWABLE_BOOKINGS, REVIEWS
from carmarket.ports.saved_searches import ALERTS, SAVED_SEARCHES
from carmarket.ports.users import DEALERS, SESSIONS, USERS
from carmarket.ports.webhooks import DELIVERIES, WEBHOOKS

T = TypeVar("T")
PREFIX = "sqlite:///"

__all__ = [
    "Database",
    "FileLeadership",
    "SqliteAlertLog",
    "SqliteAuditLog",
    "SqliteBackup",
    "SqliteBookingRepository",
    "SqliteBookingRules",
    "SqliteDeadLetters",
    "SqliteDealerRepository",
    "SqliteDeliveryRepository",
    "SqliteEnquirableCars",
    "SqliteEnquiryRepository",
    "SqliteEventLog",
    "SqliteEventPublisher",
    "SqliteImportRepository",
    "SqliteListingRepository",
    "SqliteReaderPositions",
    "SqliteResetRequests",
    "SqliteReviewRepository",
    "SqliteReviewableBookings",
    "SqliteSavedSearches",
    "SqliteSessionRepository",
    "SqliteUserRepository",
    "SqliteWebhookRepository",
    "offer",
]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """
    The stores in the file that the URL names: `sqlite:///garage.db`, or `sqlite:////var/lib/garage.db`.

    Raises: InvalidError for a URL without a file, or a file that is something else.
    """
    if not url.startswith(PREFIX) or url == PREFIX:
        raise InvalidError(
            "A SQLite URL names a file.",
            field="url",
            value=url,
            expected="sqlite:///garage.db or sqlite:////var/lib/garage.db",
        )
    path = Path(url.removeprefix(PREFIX))
    database = await Database.open(path)
    log = SqliteEventLog(database)
    leadership = FileLeadership(path.with_name(f"{path.name}.lock"))
    try:
        yield Offer(
            {
                LISTINGS.name: _made(lambda: SqliteListingRepository(database)),
                EVENTS.name: _made(lambda: log),
                PUBLISHER.name: _made(lambda: SqliteEventPublisher(database)),
                READERS.name: _made(lambda: SqliteReaderPositions(database)),
                DEAD_LETTERS.name: _made(lambda: SqliteDeadLetters(database)),
                LEADERSHIP.name: _made(lambda: leadership),
                BOOKINGS.name: _made(lambda: SqliteBookingRepository(database)),
                BOOKING_RULES.name: _made(lambda: SqliteBookingRules(database)),
                ENQUIRIES.name: _made(lambda: SqliteEnquiryRepository(database)),
                ENQUIRABLE_CARS.name: _made(lambda: SqliteEnquirableCars(database)),
                REVIEWS.name: _made(lambda: SqliteReviewRepository(database)),
                REVIEWABLE_BOOKINGS.name: _made(lambda: SqliteReviewableBookings(database)),
                IMPORTS.name: _made(lambda: SqliteImportRepository(database)),
                USERS.name: _made(lambda: SqliteUserRepository(database)),
                DEALERS.name: _made(lambda: SqliteDealerRepository(database)),
                SESSIONS.name: _made(lambda: SqliteSessionRepository(database)),
                RESET_REQUESTS.name: _made(lambda: SqliteResetRequests(database)),
                AUDIT.name: _made(lambda: SqliteAuditLog(database)),
                SAVED_SEARCHES.name: _made(lambda: SqliteSavedSearches(database)),
                ALERTS.name: _made(lambda: SqliteAlertLog(database)),
                WEBHOOKS.name: _made(lambda: SqliteWebhookRepository(database)),
                DELIVERIES.name: _made(lambda: SqliteDeliveryRepository(database)),
                BACKUP.name: _made(lambda: SqliteBackup(database)),
            }
        )
    finally:
        leadership.close()
        log.close()
        await database.close()


def _made(build: Callable[[], T]) -> Callable[[], Awaitable[T]]:
    async def made() -> T:
        return build()

    return made
