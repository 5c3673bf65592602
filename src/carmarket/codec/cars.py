"""
What a search index keeps of a car, as bytes: for payloads and snapshots.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from attrs import frozen

from carmarket.core.catalog.car import Car
from carmarket.core.search.document import BookingFact, Entry, SearchDocument


@frozen
class _Carried:
    """The part of an entry that a page of results shows; the rest is passed over unread."""

    car: Car


ENCODER = msgspec.msgpack.Encoder()
ENTRY = msgspec.msgpack.Decoder(Entry)
CARRIED = msgspec.msgpack.Decoder(_Carried)
BOOKINGS = msgspec.msgpack.Decoder(tuple[BookingFact, ...])
DOCUMENT = msgspec.msgpack.Decoder(SearchDocument)


def encode_entry(entry: Entry) -> bytes:
    return ENCODER.encode(entry)


def decode_entry(data: bytes | memoryview) -> Entry:
    return ENTRY.decode(data)


def decode_car(entry: bytes | memoryview) -> Car:
    """The car of an encoded entry, without the words it is found by."""
    return CARRIED.decode(entry).car


def encode_bookings(bookings: Sequence[BookingFact]) -> bytes:
    return ENCODER.encode(bookings)


def decode_bookings(data: bytes | memoryview) -> tuple[BookingFact, ...]:
    return BOOKINGS.decode(data)


def encode_document(document: SearchDocument) -> bytes:
    return ENCODER.encode(document)


def decode_document(data: bytes | memoryview) -> SearchDocument:
    return DOCUMENT.decode(data)
