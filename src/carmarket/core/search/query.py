"""
What a person is looking for. `SearchQuery.matches` is the law that every search index obeys.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from attrs import evolve, field, frozen

from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.vehicle import BodyStyle, Colour, Condition, Drivetrain, Fuel, Transmission
from carmarket.core.errors import InvalidError
from carmarket.core.period import Period
from carmarket.core.place import Point
from carmarket.core.search.document import SearchDocument
from carmarket.core.search.words import LONGEST_WORD, Word
from carmarket.core.text import key

MOST_WORDS = 32
MOST_CHOICES = 100
LARGEST_NUMBER = 2**63 - 1
SMALLEST_RADIUS_M = 1_000
LONGEST_TEXT = 1_000


class Sort(StrEnum):
    """What comes first. Unknown values come last, equal ones in the order of their ids."""

    RELEVANCE = "relevance"
    PRICE = "price"
    PRICE_DESCENDING = "-price"
    YEAR_DESCENDING = "-year"
    YEAR = "year"
    ODOMETER = "odometer"
    ODOMETER_DESCENDING = "-odometer"
    NEWEST = "newest"
    DISTANCE = "distance"


@frozen
class Range:
    """From `low` to `high`, both included; `None` leaves a side open."""

    low: int | None = None
    high: int | None = None

    def __attrs_post_init__(self) -> None:
        for name, value in (("low", self.low), ("high", self.high)):
            if value is not None and abs(value) > LARGEST_NUMBER:
                raise InvalidError(
                    "A number has at most 64 bits.",
                    field=name,
                    value=value,
                    expected=f"up to {LARGEST_NUMBER}",
                )
        if self.low is not None and self.high is not None and self.low > self.high:
            raise InvalidError(
                "A range begins at or below its end.",
                field="high",
                value=self.high,
                expected=f"{self.low} or more",
            )

    def holds(self, value: int | None) -> bool:
        """An unknown value lies in no range."""
        if value is None:
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@frozen
class Near:
    """Within `radius_m` metres (1 km at least) of a point."""

    point: Point
    radius_m: int

    def __attrs_post_init__(self) -> None:
        if not SMALLEST_RADIUS_M <= self.radius_m <= 20_100_000:
            raise InvalidError(
                "A radius lies between 1 km and half the way around the earth.",
                field="radius",
                value=self.radius_m,
                expected="1000 to 20100000 metres",
            )


def _chosen(values: Iterable[Any]) -> frozenset[Any]:
    return frozenset(values)


def _keys(values: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(key, values)))


@frozen(kw_only=True)
class SearchQuery:
    """
    All of its conditions must hold. Choices of one filter are any-of, features and words are all-of.

    `words` is what was typed and not read yet; reading (`core/search/reading.py`) turns it into `terms` and
    filters. Prices are minor units of the market's base currency, odometers metres, power watts.

    Raises: InvalidError for more than 32 words or 100 choices, or a sort by distance from nowhere.
    """

    words: str = ""
    terms: tuple[Word, ...] = ()
    makes: frozenset[str] = field(default=frozenset(), converter=_keys)
    models: frozenset[str] = field(default=frozenset(), converter=_keys)
    trims: frozenset[str] = field(default=frozenset(), converter=_keys)
    bodies: frozenset[BodyStyle] = field(default=frozenset(), converter=_chosen)
    fuels: frozenset[Fuel] = field(default=frozenset(), converter=_chosen)
    transmissions: frozenset[Transmission] = field(default=frozenset(), converter=_chosen)
    drivetrains: frozenset[Drivetrain] = field(default=frozenset(), converter=_chosen)
    colours: frozenset[Colour] = field(default=frozenset(), converter=_chosen)
    conditions: frozenset[Condition] = field(default=frozenset(), converter=_chosen)
    features: frozenset[str] = field(default=frozenset(), converter=_keys)
    price: Range | None = None
    year: Range | None = None
    odometer: Range | None = None
    power: Range | None = None
    near: Near | None = None
    free: Period | None = None
    seller: SellerId | None = None
    sort: Sort = Sort.RELEVANCE

    def __attrs_post_init__(self) -> None:
        if len(self.words) > LONGEST_TEXT:
            raise InvalidError(
                "A query has at most 1,000 letters.",
                field="words",
                value=f"{self.words[:40]}...",
                expected="1000 letters",
            )
        if len(self.terms) > MOST_WORDS or any(len(word.text) > LONGEST_WORD for word in self.terms):
            raise InvalidError(
                "A query has at most 32 words of 64 letters.",
                field="words",
                value=len(self.terms),
                expected="32 words",
            )
        for name in ("makes", "models", "trims", "features"):
            if len(getattr(self, name)) > MOST_CHOICES:
                raise InvalidError(
                    f"At most {MOST_CHOICES} {name} can be asked for at once.",
                    field=name,
                    value=len(getattr(self, name)),
                    expected=f"up to {MOST_CHOICES}",
                )
        if self.sort is Sort.DISTANCE and self.near is None:
            raise InvalidError(
                "A sort by distance needs a place.",
                field="sort",
                value="distance",
                expected="near, with a radius",
            )

    @property
    def is_empty(self) -> bool:
        """Whether it has no condition, so that every car matches."""
        return evolve(self, sort=Sort.RELEVANCE) == SearchQuery()

    def matches(self, document: SearchDocument) -> bool:
        """
        Whether the document is one of those looked for.

        Raises: InvalidError if there are words that nobody has read yet.
        """
        self.demand_read()
        entry = document.entry
        if entry is None:
            return False
        return (
            self._chooses(document)
            and self.features <= entry.features
            and _in(self.price, entry.price)
            and _in(self.year, entry.car.vehicle.model_year)
            and _in(self.odometer, entry.odometer)
            and _in(self.power, entry.power)
            and (self.near is None or self._is_near(document))
            and (self.free is None or document.is_free(self.free))
            and (self.seller is None or self.seller == entry.car.seller)
            and all(word.found_in(entry.words) for word in self.terms)
        )

    def demand_read(self) -> None:
        """Raises: InvalidError if `words` holds something that was not turned into terms and filters."""
        if self.words.strip():
            raise InvalidError(
                "The words of this query have not been read.",
                field="words",
                value=self.words,
                expected="terms",
            )

    def _chooses(self, document: SearchDocument) -> bool:
        entry = document.entry
        assert entry is not None
        vehicle = entry.car.vehicle
        return (
            (not self.makes or entry.make in self.makes)
            and (not self.models or entry.model in self.models)
            and (not self.trims or entry.trim in self.trims)
            and (not self.bodies or vehicle.body_style in self.bodies)
            and (not self.fuels or vehicle.fuel in self.fuels)
            and (not self.transmissions or vehicle.transmission in self.transmissions)
            and (not self.drivetrains or vehicle.drivetrain in self.drivetrains)
            and (not self.colours or vehicle.colour in self.colours)
            and (not self.conditions or vehicle.condition in self.conditions)
        )

    def _is_near(self, document: SearchDocument) -> bool:
        assert document.entry is not None
        assert self.near is not None
        point = document.entry.point
        return point is not None and self.near.point.distance_m(point) <= self.near.radius_m


def _in(asked: Range | None, value: int | None) -> bool:
    return asked is None or asked.holds(value)
