"""
Events as integrators read them: CloudEvents 1.0 in JSON.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from attrs import frozen

from carmarket.core.events import Event

MEDIA_TYPE = "application/cloudevents+json"
ENCODER = msgspec.json.Encoder()


@frozen(kw_only=True)
class CloudEvent:
    """The envelope (https://github.com/cloudevents/spec, 1.0.2); `data` is the event with all its fields."""

    id: UUID
    source: str = "/carmarket"
    specversion: str = "1.0"
    type: str
    dataversion: int
    """Of the type; an extension attribute."""
    subject: UUID
    """The listing or the booking."""
    sequence: str
    """Its version, by which a receiver can tell that something newer came before; an extension attribute."""
    time: datetime
    datacontenttype: str = "application/json"
    data: Any


def cloud_event(event: Event) -> bytes:
    """The same bytes whenever it is sent."""
    return ENCODER.encode(
        CloudEvent(
            id=event.id,
            type=event.type,
            dataversion=event.type_version,
            subject=event.key,
            sequence=str(event.version),
            time=event.at,
            data=event,
        )
    )
