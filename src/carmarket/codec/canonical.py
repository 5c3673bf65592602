"""
Whatever a market keeps as bytes that are equal where it is equal, for checksums.
"""

from __future__ import annotations

import msgspec

from carmarket.core.webhooks.delivery import Delivery

ENCODER = msgspec.json.Encoder(order="deterministic")


def canonical(kept: object) -> bytes:
    """All fields as JSON; what has no order of its own is sorted. An event is known by its type too."""
    if isinstance(kept, Delivery):
        return ENCODER.encode((kept.event.type, kept.event.type_version, kept))
    return ENCODER.encode(kept)
