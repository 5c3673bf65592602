"""
Aggregates and cars as bytes, for stores and indexes.
"""

from __future__ import annotations

import msgspec

from carmarket.core.booking.booking import Booking
from carmarket.core.booking.rules import DealerRules
from carmarket.core.catalog.imports import Import
from carmarket.core.catalog.listing import Listing

ENCODER = msgspec.json.Encoder()
LISTING = msgspec.json.Decoder(Listing)
IMPORT = msgspec.json.Decoder(Import)
BOOKING = msgspec.json.Decoder(Booking)
RULES = msgspec.json.Decoder(DealerRules)


def encode(kept: Listing | Import | Booking | DealerRules) -> bytes:
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
