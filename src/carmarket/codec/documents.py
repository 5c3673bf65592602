"""
Aggregates and cars as bytes, for stores and indexes.
"""

from __future__ import annotations

import msgspec

from carmarket.core.catalog.imports import Import
from carmarket.core.catalog.listing import Listing

ENCODER = msgspec.json.Encoder()
LISTING = msgspec.json.Decoder(Listing)
IMPORT = msgspec.json.Decoder(Import)


def encode(aggregate: Listing | Import) -> bytes:
    """The aggregate as JSON, every field."""
    return ENCODER.encode(aggregate)


def decode_listing(data: bytes) -> Listing:
    return LISTING.decode(data)


def decode_import(data: bytes) -> Import:
    return IMPORT.decode(data)
