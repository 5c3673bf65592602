"""
Events as bytes: a registry of names and versions, and lifting of older versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from carmarket.core.booking.events import BOOKING_EVENTS
from carmarket.core.catalog.events import LISTING_EVENTS
from carmarket.core.enquiries.events import ENQUIRY_EVENTS
from carmarket.core.events import Event
from carmarket.core.reviews.events import REVIEW_EVENTS
from carmarket.core.users.events import USER_EVENTS

E = TypeVar("E", bound=Event)

REGISTRY: Mapping[tuple[str, int], type[Event]] = {
    (event.type, event.type_version): event
    for event in (*LISTING_EVENTS, *BOOKING_EVENTS, *ENQUIRY_EVENTS, *REVIEW_EVENTS, *USER_EVENTS)
}
DECODERS = {name: msgspec.json.Decoder(event) for name, event in REGISTRY.items()}
ENCODER = msgspec.json.Encoder()


class UnknownEventError(LookupError):
    """A log holds an event that this version of carmarket does not know."""


def encode_event(event: Event) -> bytes:
    """The event's fields as JSON; its type and version travel beside it."""
    return ENCODER.encode(event)


def decode_event(type_name: str, type_version: int, data: bytes) -> Event:
    """Raises: UnknownEventError for a type or version that is not registered."""
    decoder = DECODERS.get((type_name, type_version))
    if decoder is None:
        raise UnknownEventError(f"No event {type_name} version {type_version} is registered.")
    return decoder.decode(data)
