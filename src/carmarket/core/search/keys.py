"""
Keys that bring saved searches and cars together, so that a car is compared with the few searches that may find it.

A search stands under the keys of its most selective filter; a car has keys for all that it could be found by. The
law: whatever a query matches shares a key with it. Comparing is left to `SearchQuery.matches`.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import degrees, floor

from carmarket.core.place import EARTH_RADIUS_M
from carmarket.core.search.document import Entry
from carmarket.core.search.query import Near, SearchQuery
from carmarket.core.search.words import WordKind

BEGINNING = 3
"""Letters of a word that stand for its beginning."""
MOST_BANDS = 10
SLACK = 1e-6
"""Degrees that rounding may cost."""
REST = "any"
"""Of searches without a selective filter, such as prices alone; every car has this key."""


def keys_of_query(query: SearchQuery) -> frozenset[str]:
    """
    The keys that the search stands under: those of the first of these filters that it has.

    Seller, model, trim, an exact word, a make, the beginning of a word, nearness, a feature, colour, body style,
    fuel, drivetrain, transmission, condition; else the rest. Of choices every one is a key, for any will do; of words
    and features one is enough, for all must be there: the longest, which tends to be the rarest.
    """
    exact = [word.text for word in query.terms if word.kind is WordKind.EXACT]
    begun = [word.text for word in query.terms if word.kind is WordKind.PREFIX and len(word.text) >= BEGINNING]
    filters: tuple[tuple[str, Iterable[str]], ...] = (
        ("seller", [str(query.seller)] if query.seller else []),
        ("model", query.models),
        ("trim", query.trims),
        ("word", _longest(exact)),
        ("make", query.makes),
        ("beginning", [text[:BEGINNING] for text in _longest(begun)]),
        ("latitude", _bands(query.near) if query.near else []),
        ("feature", _longest(query.features)),
        ("colour", query.colours),
        ("body", query.bodies),
        ("fuel", query.fuels),
        ("drivetrain", query.drivetrains),
        ("transmission", query.transmissions),
        ("condition", query.conditions),
    )
    for kind, values in filters:
        if keys := _keys(kind, values):
            return keys
    return frozenset({REST})


def keys_of_entry(entry: Entry) -> frozenset[str]:
    """Every key that a search which finds the car can stand under."""
    vehicle, words = entry.car.vehicle, entry.words
    named = {
        "seller": str(entry.car.seller),
        "model": entry.model,
        "trim": entry.trim,
        "make": entry.make,
        "colour": vehicle.colour,
        "body": vehicle.body_style,
        "fuel": vehicle.fuel,
        "drivetrain": vehicle.drivetrain,
        "transmission": vehicle.transmission,
        "condition": vehicle.condition,
        "latitude": None if entry.point is None else str(floor(entry.point.latitude)),
    }
    return frozenset().union(
        {REST},
        *(_keys(kind, [value]) for kind, value in named.items() if value is not None),
        _keys("word", words),
        _keys("beginning", (word[:BEGINNING] for word in words)),
        _keys("feature", entry.features),
    )


def _bands(near: Near) -> list[str]:
    """
    The degrees of latitude that lie within the radius, if they are few.

    Nothing is nearer than its latitude is; longitudes would need care at the poles and at the date line.
    """
    reach = degrees(near.radius_m / EARTH_RADIUS_M) + SLACK
    first, last = floor(near.point.latitude - reach), floor(near.point.latitude + reach)
    return [str(band) for band in range(first, last + 1)] if last - first < MOST_BANDS else []


def _longest(values: Iterable[str]) -> list[str]:
    return sorted(values, key=lambda value: (-len(value), value))[:1]


def _keys(kind: str, values: Iterable[str]) -> frozenset[str]:
    return frozenset(f"{kind}:{value}" for value in values)
