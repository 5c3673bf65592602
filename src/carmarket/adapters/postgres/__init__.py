"""PostgreSQL: listings, bookings, enquiries and webhooks, what they tell, and the log where no broker is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from carmarket.adapters.postgres.bell import Bell
from carmarket.adapters.postgres.booking import PostgresBookingRepository, PostgresBookingRules
from carmarket.adapters.postgres.catalog import PostgresListingRepository
from carmarket.adapters.postgres.database import Database
from carmarket.adapters.postgres.dead_letters import PostgresDeadLetters
from carmarket.adapters.postgres.enquiries import PostgresEnquirableCars, PostgresEnquiryRepository
from carmarket.adapters.postgres.events import (
    PostgresEventLog,
    PostgresEventPublisher,
    PostgresOutbox,
    PostgresReaderPositions,
)
from carmarket.adapters.postgres.fallback import PostgresSearchFallback
from carmarket.adapters.postgres.imports import PostgresImportRepository
from carmarket.adapters.postgres.leadership import PostgresLeadership
from carmarket.adapters.postgres.migrating import PostgresPreparation, PostgresProbe, migrate
from carmarket.adapters.postgres.webhooks import PostgresDeliveryRepository, PostgresWebhookRepository
from carmarket.ports.booking import BOOKING_RULES, BOOKINGS
from carmarket.ports.catalog import LISTINGS
from carmarket.ports.dead_letters import DEAD_LETTERS
from carmarket.ports.enquiries import ENQUIRABLE_CARS, ENQUIRIES
from carmarket.ports.events import EVENTS, LEADERSHIP, OUTBOX, PUBLISHER, READERS
from carmarket.ports.fallback import FALLBACK
from carmarket.ports.imports import IMPORTS
from carmarket.ports.offer import Offer
from carmarket.ports.preparing import PREPARATION
from carmarket.ports.probe import PROBE
from carmarket.ports.webhooks import DELIVERIES, WEBHOOKS

T = TypeVar("T")

__all__ = [
    "Database",
    "PostgresBookingRepository",
    "PostgresBookingRules",
    "PostgresDeadLetters",
    "PostgresDeliveryRepository",
    "PostgresEnquirableCars",
    "PostgresEnquiryRepository",
    "PostgresEventLog",
    "PostgresEventPublisher",
    "PostgresImportRepository",
    "PostgresLeadership",
    "PostgresListingRepository",
    "PostgresOutbox",
    "PostgresReaderPositions",
    "PostgresSearchFallback",
    "PostgresWebhookRepository",
    "migrate",
    "offer",
]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """
    The stores in the database that the URL names: `postgresql://user:password@host/database`.

    Connections are made when they are needed, so that it opens while the server is away.
    """
    database = Database(url)
    leadership, bell = PostgresLeadership(database), Bell(url)
    try:
        yield Offer(
            {
                LISTINGS.name: _made(lambda: PostgresListingRepository(database)),
                IMPORTS.name: _made(lambda: PostgresImportRepository(database)),
                BOOKINGS.name: _made(lambda: PostgresBookingRepository(database)),
                BOOKING_RULES.name: _made(lambda: PostgresBookingRules(database)),
                ENQUIRIES.name: _made(lambda: PostgresEnquiryRepository(database)),
                ENQUIRABLE_CARS.name: _made(lambda: PostgresEnquirableCars(database)),
                WEBHOOKS.name: _made(lambda: PostgresWebhookRepository(database)),
                DELIVERIES.name: _made(lambda: PostgresDeliveryRepository(database)),
                FALLBACK.name: _made(lambda: PostgresSearchFallback(database)),
                OUTBOX.name: _made(lambda: PostgresOutbox(database, bell)),
                EVENTS.name: _made(lambda: PostgresEventLog(database, bell)),
                PUBLISHER.name: _made(lambda: PostgresEventPublisher(database)),
                READERS.name: _made(lambda: PostgresReaderPositions(database)),
                DEAD_LETTERS.name: _made(lambda: PostgresDeadLetters(database)),
                LEADERSHIP.name: _made(lambda: leadership),
                PROBE.name: _made(lambda: PostgresProbe(database)),
                PREPARATION.name: _made(lambda: PostgresPreparation(url)),
            }
        )
    finally:
        await bell.close()
        await leadership.close()
        await database.close()


def _made(build: Callable[[], T]) -> Callable[[], Awaitable[T]]:
    async def made() -> T:
        return build()

    return made
