"""
Events as Kafka records: CloudEvents 1.0 in the binary content mode of its Kafka protocol binding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from aiokafka.structs import ConsumerRecord

from carmarket.codec.events import UnknownEventError, decode_event, encode_event
from carmarket.core.events import Event


def record_of(event: Event) -> Mapping[str, Any]:
    """Key, value and headers. The key is what keeps the events of an aggregate in one partition."""
    return {"key": str(event.key).encode(), "value": encode_event(event), "headers": _headers(event)}


def event_of(record: ConsumerRecord) -> Event:
    """Raises: UnknownEventError for a record that tells no event that this version of carmarket knows."""
    headers = dict(record.headers)
    try:
        name, version = headers["ce_type"].decode(), int(headers["ce_typeversion"])
    except (KeyError, ValueError):
        raise UnknownEventError(
            f"The record {record.offset} of {record.topic}, partition {record.partition}, is no event of carmarket."
        ) from None
    return decode_event(name, version, record.value)


def subject_of(event: Event) -> str:
    return event.type.partition(".")[0]


def _headers(event: Event) -> Sequence[tuple[str, bytes]]:
    """
    The attributes of the event, of which `typeversion` and `aggregateversion` are our own extensions.

    See https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md, 3.2.
    """
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": str(event.id),
        "ce_type": event.type,
        "ce_source": f"/carmarket/{subject_of(event)}",
        "ce_subject": str(event.key),
        "ce_time": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ce_typeversion": str(event.type_version),
        "ce_aggregateversion": str(event.version),
        "content-type": "application/json",
    }
    return [(name, value.encode()) for name, value in attributes.items()]
