"""
Aggregates and cars as bytes, for stores and indexes.
"""

from __future__ import annotations

import msgspec

from carmarket.core.booking.booking import Booking
from carmarket.core.booking.rules import DealerRules
from carmarket.core.catalog.imports import Import
from carmarket.core.catalog.listing import Listing
from carmarket.core.enquiries.enquiry import Enquiry
from carmarket.core.reviews.review import Review
from carmarket.core.search.alerts import Alert
from carmarket.core.search.saved import SavedSearch
from carmarket.core.users.audit import AuditEntry
from carmarket.core.users.dealer import Dealer
from carmarket.core.users.session import Session
from carmarket.core.users.user import User
from carmarket.core.webhooks.webhook import Webhook

ENCODER = msgspec.json.Encoder()
LISTING = msgspec.json.Decoder(Listing)
IMPORT = msgspec.json.Decoder(Import)
BOOKING = msgspec.json.Decoder(Booking)
RULES = msgspec.json.Decoder(DealerRules)
ENQUIRY = msgspec.json.Decoder(Enquiry)
REVIEW = msgspec.json.Decoder(Review)
USER = msgspec.json.Decoder(User)
DEALER = msgspec.json.Decoder(Dealer)
SESSION = msgspec.json.Decoder(Session)
AUDIT_ENTRY = msgspec.json.Decoder(AuditEntry)
SAVED_SEARCH = msgspec.json.Decoder(SavedSearch)
ALERT = msgspec.json.Decoder(Alert)
WEBHOOK = msgspec.json.Decoder(Webhook)
Kept = (
    Listing
    | Import
    | Booking
    | DealerRules
    | Enquiry
    | Review
    | User
    | Dealer
    | Session
    | AuditEntry
    | SavedSearch
    | Alert
    | Webhook
)


def encode(kept: Kept) -> bytes:
    """All of it as JSON, every field."""
    return ENCODER.encode(kept)


def decode_listing(data: bytes) -> Listing:
    return LISTING.decode(data)


def decode_import(data: bytes) -> Import:
    return IMPORT.decode(data)


def decode_booking(data: bytes) -> Booking:
    return BOOKING.decode(data)


def decode_rules(data: bytes) -> DealerRules:
    return RULES.decode(data)


def decode_enquiry(data: bytes) -> Enquiry:
    return ENQUIRY.decode(data)


def decode_review(data: bytes) -> Review:
    return REVIEW.decode(data)


def decode_user(data: bytes) -> User:
    return USER.decode(data)


def decode_dealer(data: bytes) -> Dealer:
    return DEALER.decode(data)


def decode_session(data: bytes) -> Session:
    return SESSION.decode(data)


def decode_audit_entry(data: bytes) -> AuditEntry:
    return AUDIT_ENTRY.decode(data)


def decode_saved_search(data: bytes) -> SavedSearch:
    return SAVED_SEARCH.decode(data)


def decode_alert(data: bytes) -> Alert:
    return ALERT.decode(data)


def decode_webhook(data: bytes) -> Webhook:
    return WEBHOOK.decode(data)
