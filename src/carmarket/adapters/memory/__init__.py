"""Everything in this process: the harness that users test against, under the same contracts as the real stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from carmarket.adapters.memory.blobs import MemoryBlobStore
from carmarket.adapters.memory.booking import MemoryBookingRepository, MemoryBookingRules
from carmarket.adapters.memory.cache import MemoryCache
from carmarket.adapters.memory.catalog import MemoryListingRepository
from carmarket.adapters.memory.clock import MemoryClock, MemoryIds
from carmarket.adapters.memory.dead_letters import MemoryDeadLetters
from carmarket.adapters.memory.enquiries import MemoryEnquirableCars, MemoryEnquiryRepository
from carmarket.adapters.memory.events import (
    MemoryEventLog,
    MemoryEventPublisher,
    MemoryLeadership,
    MemoryReaderPositions,
)
from carmarket.adapters.memory.fallback import MemorySearchFallback
from carmarket.adapters.memory.forgotten import MemoryResetRequests
from carmarket.adapters.memory.identity import MemoryIdentityProvider
from carmarket.adapters.memory.imports import MemoryImportRepository
from carmarket.adapters.memory.limits import MemoryRateLimiter
from carmarket.adapters.memory.mail import MemoryMailer
from carmarket.adapters.memory.pictures import NoPhotoLab
from carmarket.adapters.memory.reviews import MemoryReviewableBookings, MemoryReviewRepository
from carmarket.adapters.memory.revocations import MemoryRevocations
from carmarket.adapters.memory.saved_searches import MemoryAlertLog, MemorySavedSearches
from carmarket.adapters.memory.search import MemorySearchIndex
from carmarket.adapters.memory.security import MemoryPasswords, MemorySecrets, MemoryTokens
from carmarket.adapters.memory.store import MemoryStore
from carmarket.adapters.memory.users import (
    MemoryAuditLog,
    MemoryDealerRepository,
    MemorySessionRepository,
    MemoryUserRepository,
)
from carmarket.adapters.memory.webhooks import MemoryDeliveryRepository, MemoryWebhookRepository, NoCourier
from carmarket.ports.audit import AUDIT
from carmarket.ports.blobs import BLOBS
from carmarket.ports.booking import BOOKING_RULES, BOOKINGS
from carmarket.ports.catalog import LISTINGS
from carmarket.ports.dead_letters import DEAD_LETTERS
from carmarket.ports.enquiries import ENQUIRABLE_CARS, ENQUIRIES
from carmarket.ports.events import EVENTS, LEADERSHIP, PUBLISHER, READERS
from carmarket.ports.fallback import FALLBACK
from carmarket.ports.forgotten import RESET_REQUESTS
from carmarket.ports.imports import IMPORTS
from carmarket.ports.mail import MAIL
from carmarket.ports.offer import Offer
from carmarket.ports.reviews import REVIEWABLE_BOOKINGS, REVIEWS
from carmarket.ports.saved_searches import ALERTS, SAVED_SEARCHES
from carmarket.ports.search import SEARCH
from carmarket.ports.users import DEALERS, SESSIONS, USERS
from carmarket.ports.webhooks import DELIVERIES, WEBHOOKS

T = TypeVar("T")

__all__ = [
    "MemoryAlertLog",
    "MemoryAuditLog",
    "MemoryBlobStore",
    "MemoryBookingRepository",
    "MemoryBookingRules",
    "MemoryCache",
    "MemoryClock",
    "MemoryDeadLetters",
    "MemoryDealerRepository",
    "MemoryDeliveryRepository",
    "MemoryEnquirableCars",
    "MemoryEnquiryRepository",
    "MemoryEventLog",
    "MemoryEventPublisher",
    "MemoryIdentityProvider",
    "MemoryIds",
    "MemoryImportRepository",
    "MemoryLeadership",
    "MemoryListingRepository",
    "MemoryMailer",
    "MemoryPasswords",
    "MemoryRateLimiter",
    "MemoryReaderPositions",
    "MemoryResetRequests",
    "MemoryReviewRepository",
    "MemoryReviewableBookings",
    "MemoryRevocations",
    "MemorySavedSearches",
    "MemorySearchFallback",
    "MemorySearchIndex",
    "MemorySecrets",
    "MemorySessionRepository",
    "MemoryStore",
    "MemoryTokens",
    "MemoryUserRepository",
    "MemoryWebhookRepository",
    "NoCourier",
    "NoPhotoLab",
    "offer",
]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """All stores of a market that lives as long as it is open; every `memory://` URL is a market of its own."""
    del url
    store = MemoryStore()
    rules = MemoryBookingRules()
    alerts = MemoryAlertLog()
    webhooks = MemoryWebhookRepository()
    yield Offer(
        {
            LISTINGS.name: _make(lambda: MemoryListingRepository(store)),
            EVENTS.name: _make(lambda: MemoryEventLog(store)),
            PUBLISHER.name: _make(lambda: MemoryEventPublisher(store)),
            READERS.name: _make(MemoryReaderPositions),
            DEAD_LETTERS.name: _make(MemoryDeadLetters),
            LEADERSHIP.name: _make(MemoryLeadership),
            IMPORTS.name: _make(MemoryImportRepository),
            BOOKINGS.name: _make(lambda: MemoryBookingRepository(store, rules)),
            BOOKING_RULES.name: _make(lambda: rules),
            USERS.name: _make(lambda: MemoryUserRepository(store)),
            DEALERS.name: _make(lambda: MemoryDealerRepository(store)),
            SESSIONS.name: _make(MemorySessionRepository),
            RESET_REQUESTS.name: _make(MemoryResetRequests),
            AUDIT.name: _make(MemoryAuditLog),
            ENQUIRIES.name: _make(lambda: MemoryEnquiryRepository(store)),
            ENQUIRABLE_CARS.name: _make(MemoryEnquirableCars),
            REVIEWS.name: _make(lambda: MemoryReviewRepository(store)),
            REVIEWABLE_BOOKINGS.name: _make(MemoryReviewableBookings),
            SAVED_SEARCHES.name: _make(lambda: MemorySavedSearches(alerts)),
            ALERTS.name: _make(lambda: alerts),
            WEBHOOKS.name: _make(lambda: webhooks),
            DELIVERIES.name: _make(lambda: MemoryDeliveryRepository(webhooks)),
            SEARCH.name: _make(MemorySearchIndex),
            FALLBACK.name: _make(MemorySearchFallback),
            BLOBS.name: _make(MemoryBlobStore),
            MAIL.name: _make(lambda: MemoryMailer.of),
        }
    )


def _make(build: Callable[[], T]) -> Callable[[], Awaitable[T]]:
    async def made() -> T:
        return build()

    return made
