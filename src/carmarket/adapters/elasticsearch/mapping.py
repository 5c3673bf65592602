"""
What Elasticsearch holds of a car: fields to find it by, and the facts with their versions as the codec's bytes.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from carmarket.codec.cars import decode_bookings, decode_car, decode_entry, encode_bookings, encode_entry
from carmarket.core.catalog.car import Car, CarId
from carmarket.core.period import Period, milliseconds
from carmarket.core.place import Point
from carmarket.core.search.document import Entry, SearchDocument, suggestible
from carmarket.core.search.words import name_words

Source = Mapping[str, Any]

POSITION = "position"
"""The id of the document that says how far in the event log a generation reaches."""
BREAK = "\x1f"
"""Parts the text of a suggestion, its kind and its words; no name holds it (`core/text.py`)."""
KEYWORD = {"type": "keyword"}
LONG = {"type": "long"}
BYTES = {"type": "binary"}
WORDS = {"type": "keyword", "doc_values": False}
FIELDS: Mapping[str, Any] = {
    "live": {"type": "boolean"},
    "id": KEYWORD,
    "names": WORDS,
    "words": WORDS,
    "make": KEYWORD,
    "model": KEYWORD,
    "trim": KEYWORD,
    "body": KEYWORD,
    "fuel": KEYWORD,
    "transmission": KEYWORD,
    "drivetrain": KEYWORD,
    "colour": KEYWORD,
    "condition": KEYWORD,
    "feature": KEYWORD,
    "seller": KEYWORD,
    "price": LONG,
    "year": LONG,
    "odometer": LONG,
    "power": LONG,
    "published": LONG,
    "completeness": LONG,
    "point": {"type": "geo_point"},
    "busy": {"type": "long_range"},
    "offered": KEYWORD,
    "offered_words": WORDS,
}
"""Words come normalised and split from the core, each a term of its own: nothing is left to analyse."""
KEPT: Mapping[str, Any] = {"version": LONG, "entry": BYTES, "bookings": BYTES, "position": LONG}
MAPPINGS: Mapping[str, Any] = {"dynamic": "strict", "properties": {**FIELDS, **KEPT}}
SETTINGS: Mapping[str, Any] = {
    # One shard: its counts are exact, and rare words are rare for all cars. Searches scale by replicas.
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "refresh_interval": "1s",
}


def body_of(document: SearchDocument) -> dict[str, Any]:
    """The document as it is stored; one that is not to be found has no field to find it by."""
    kept = {"version": document.version, "bookings": _text(encode_bookings(document.bookings))}
    return {**kept, **fields_of(document)} | (
        {"entry": _text(encode_entry(document.entry))} if document.entry is not None else {}
    )


def fields_of(document: SearchDocument) -> dict[str, Any]:
    """What queries look at; unknown values are left out."""
    if document.entry is None:
        return {"live": False}
    found = {
        "live": True,
        "id": str(document.car_id),
        "busy": [span(booking.period) for booking in document.bookings if booking.blocks],
        **_described(document.entry),
        **_numbers(document.entry),
        **_suggested(document.entry.car),
    }
    return {name: value for name, value in found.items() if value is not None}


def document_of(car_id: CarId, source: Source) -> SearchDocument:
    """The way back."""
    return SearchDocument(
        car_id=car_id,
        version=source["version"],
        entry=decode_entry(b64decode(source["entry"])) if "entry" in source else None,
        bookings=decode_bookings(b64decode(source["bookings"])),
    )


def car_of(source: Source) -> Car:
    return decode_car(b64decode(source["entry"]))


def point_of(source: Source) -> Point | None:
    point = source.get("point")
    return Point(point["lat"], point["lon"]) if point else None


def span(period: Period) -> dict[str, int]:
    """A half-open period in milliseconds."""
    return {"gte": milliseconds(period.start), "lt": milliseconds(period.end)}


def _described(entry: Entry) -> dict[str, Any]:
    vehicle = entry.car.vehicle
    return {
        "names": sorted(entry.names),
        "words": sorted(entry.words),
        "make": entry.make,
        "model": entry.model,
        "trim": entry.trim,
        "body": vehicle.body_style,
        "fuel": vehicle.fuel,
        "transmission": vehicle.transmission,
        "drivetrain": vehicle.drivetrain,
        "colour": vehicle.colour,
        "condition": vehicle.condition,
        "feature": sorted(entry.features),
        "seller": str(entry.car.seller),
    }


def _numbers(entry: Entry) -> dict[str, Any]:
    point = entry.point
    return {
        "price": entry.price,
        "year": entry.car.vehicle.model_year,
        "odometer": entry.odometer,
        "power": entry.power,
        "published": milliseconds(entry.car.published_at),
        "completeness": entry.completeness,
        "point": None if point is None else {"lat": point.latitude, "lon": point.longitude},
    }


def _suggested(car: Car) -> dict[str, Any]:
    offered = {(kind, text): sorted(name_words(text)) for kind, text in suggestible(car)}
    return {
        "offered": [
            BREAK.join((text, kind, "".join(f" {w}" for w in words))) for (kind, text), words in offered.items()
        ],
        "offered_words": sorted({word for words in offered.values() for word in words}),
    }


def _text(data: bytes) -> str:
    return b64encode(data).decode()
