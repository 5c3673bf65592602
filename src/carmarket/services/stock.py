"""
What a market stands on: one of every port.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from carmarket.ports.audit import AuditLog
from carmarket.ports.backup import Backup
from carmarket.ports.blobs import BlobStore, DirectUploads
from carmarket.ports.booking import BookingRepository, BookingRules
from carmarket.ports.catalog import ListingRepository
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.dead_letters import DeadLetters, DeadLetterTopic
from carmarket.ports.enquiries import EnquirableCars, EnquiryRepository
from carmarket.ports.events import EventLog, EventPublisher, Leadership, Outbox, ReaderPositions, Subscriptions
from carmarket.ports.fallback import SearchFallback
from carmarket.ports.forgotten import ResetRequests
from carmarket.ports.identity import IdentityProvider
from carmarket.ports.imports import ImportRepository, TableReader
from carmarket.ports.limits import RateLimiter
from carmarket.ports.mail import Mailer
from carmarket.ports.pictures import PhotoLab
from carmarket.ports.reviews import ReviewableBookings, ReviewRepository
from carmarket.ports.revocations import Revocations
from carmarket.ports.saved_searches import AlertLog, SavedSearches
from carmarket.ports.search import IndexSnapshots, SearchIndex
from carmarket.ports.security import PasswordHasher, Secrets, TokenVerifier
from carmarket.ports.users import DealerRepository, SessionRepository, UserRepository
from carmarket.ports.webhooks import Courier, DeliveryRepository, WebhookRepository


@frozen(kw_only=True)
class Stock:
    """Bound by bootstrap, and handed to the services one by one."""

    listings: ListingRepository
    subscriptions: Subscriptions
    log: EventLog | None
    """Where events stand in one order; `None` where a broker keeps them."""
    positions: ReaderPositions | None
    """Of readers of the log."""
    dead_letters: DeadLetters
    dead_letter_topic: DeadLetterTopic | None
    """Where a broker shows dead letters, too."""
    leadership: Leadership
    outboxes: Mapping[str, Outbox]
    """Of stores that are not where events are read, by their names."""
    publisher: EventPublisher
    imports: ImportRepository
    bookings: BookingRepository
    booking_rules: BookingRules
    reviews: ReviewRepository
    reviewable_bookings: ReviewableBookings
    enquiries: EnquiryRepository
    enquirable_cars: EnquirableCars
    users: UserRepository
    dealers: DealerRepository
    sessions: SessionRepository
    reset_requests: ResetRequests
    audit: AuditLog
    mailer: Mailer
    saved_searches: SavedSearches
    alerts: AlertLog
    index: SearchIndex
    fallback: SearchFallback | None
    """What finds cars while a shared index is away."""
    snapshots: IndexSnapshots | None
    blobs: BlobStore
    tickets: DirectUploads | None
    """For uploads straight into the blob store, where it takes them."""
    backup: Backup | None
    lab: PhotoLab
    tables: TableReader
    clock: Clock
    ids: Ids
    tokens: TokenVerifier
    revocations: Revocations
    secrets: Secrets
    passwords: PasswordHasher
    limiter: RateLimiter
    webhooks: WebhookRepository
    deliveries: DeliveryRepository
    courier: Courier
    providers: Mapping[str, IdentityProvider]
    """Who vouches for people elsewhere, by the names that the market gives them."""
