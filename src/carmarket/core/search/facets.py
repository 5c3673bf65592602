"""
Facets: what each choice of a filter would give.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from attrs import evolve, frozen

from carmarket.core.search.document import Entry
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.vocabulary import MAKES
from carmarket.core.text import key

MOST_VALUES = 100
"""A facet names its hundred most frequent values."""


class FacetField(StrEnum):
    MAKE = "make"
    MODEL = "model"
    BODY = "body"
    FUEL = "fuel"
    TRANSMISSION = "transmission"
    DRIVETRAIN = "drivetrain"
    COLOUR = "colour"
    CONDITION = "condition"
    FEATURE = "feature"
    YEAR = "year"


QUERY_FIELDS: Mapping[FacetField, str] = {
    FacetField.MAKE: "makes",
    FacetField.MODEL: "models",
    FacetField.BODY: "bodies",
    FacetField.FUEL: "fuels",
    FacetField.TRANSMISSION: "transmissions",
    FacetField.DRIVETRAIN: "drivetrains",
    FacetField.COLOUR: "colours",
    FacetField.CONDITION: "conditions",
}
"""Facets whose own filter is left out when they are counted. A feature narrows what is found, so its filter stays."""


@frozen
class FacetCount:
    """How many cars would be found with this choice."""

    value: str
    count: int


Facets = Mapping[FacetField, tuple[FacetCount, ...]]


def without_own_filter(query: SearchQuery, facet: FacetField) -> SearchQuery:
    """The query that a facet is counted under."""
    if facet is FacetField.YEAR:
        return evolve(query, year=None)
    name = QUERY_FIELDS.get(facet)
    nothing: dict[str, Any] = {} if name is None else {name: frozenset()}
    return evolve(query, **nothing)


def facet_values(entry: Entry, facet: FacetField) -> tuple[str, ...]:
    """Under which values of the facet the car is counted; an unknown value is counted under none."""
    vehicle = entry.car.vehicle
    value = {
        FacetField.MAKE: entry.make,
        FacetField.MODEL: entry.model,
        FacetField.BODY: vehicle.body_style,
        FacetField.FUEL: vehicle.fuel,
        FacetField.TRANSMISSION: vehicle.transmission,
        FacetField.DRIVETRAIN: vehicle.drivetrain,
        FacetField.COLOUR: vehicle.colour,
        FacetField.CONDITION: vehicle.condition,
        FacetField.YEAR: vehicle.model_year,
    }.get(facet)
    if facet is FacetField.FEATURE:
        return tuple(entry.features)
    return () if value is None else (str(value),)


def ranked(counts: Iterable[tuple[str, int]]) -> tuple[FacetCount, ...]:
    """The most frequent values first, equal ones by name; those that would find nothing are left out."""
    kept = sorted(((value, count) for value, count in counts if count), key=lambda pair: (-pair[1], pair[0]))
    return tuple(FacetCount(value, count) for value, count in kept[:MOST_VALUES])


LABELS: Mapping[str, str] = {key(make): make for make in MAKES} | {
    "suv": "SUV",
    "fwd": "Front-wheel drive",
    "rwd": "Rear-wheel drive",
    "awd": "All-wheel drive",
    "lpg": "LPG",
    "cng": "CNG",
    "plug-in-hybrid": "Plug-in hybrid",
}


def label(value: str) -> str:
    """A facet's value as people write it."""
    known = LABELS.get(value)
    if known is not None:
        return known
    return " ".join(word.upper() if any(map(str.isdigit, word)) else word.capitalize() for word in value.split(" "))
