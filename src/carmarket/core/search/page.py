"""
What a search gives back: a page of cars, the true total, facets, and where to go on.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from carmarket.core.catalog.car import Car, CarId
from carmarket.core.period import milliseconds
from carmarket.core.search.document import Entry, SearchDocument
from carmarket.core.search.facets import Facets
from carmarket.core.search.query import SearchQuery, Sort

LARGEST_PAGE = 100


@frozen(kw_only=True)
class Cursor:
    """
    The last car of a page: the next page begins behind it.

    By relevance there is no lasting key: the cursor names the `view` that the index keeps for a while, and
    `value` is the place in it. Elsewhere `value` is the sort key and `is_unknown` says that there is none.
    """

    value: int
    car_id: CarId
    is_unknown: bool = False
    view: str | None = None

    @property
    def position(self) -> tuple[bool, int, CarId]:
        """What pages are ordered by."""
        return self.is_unknown, self.value, self.car_id


@frozen(kw_only=True)
class Hit:
    """A car that was found, and how far it is if the query said from where."""

    car: Car
    distance_m: int | None = None


@frozen(kw_only=True)
class Page:
    """Cars in the order of the query's sort."""

    hits: tuple[Hit, ...]
    total: int
    """How many cars match, exactly."""
    facets: Facets | None = None
    next: Cursor | None = None
    """`None` on the last page."""
    is_degraded: bool = False
    """Whether it comes from a fallback: the index did not answer."""


def sort_value(entry: Entry, query: SearchQuery) -> int | None:  # noqa: PLR0911  one line a sort
    """
    What the query sorts by, smallest first; `None` if the car has no such value.

    Not for relevance, which is the index's own affair.
    """
    year = entry.car.vehicle.model_year
    match query.sort:
        case Sort.PRICE:
            return entry.price
        case Sort.PRICE_DESCENDING:
            return _negative(entry.price)
        case Sort.YEAR:
            return year
        case Sort.YEAR_DESCENDING:
            return _negative(year)
        case Sort.ODOMETER:
            return entry.odometer
        case Sort.ODOMETER_DESCENDING:
            return _negative(entry.odometer)
        case Sort.NEWEST | Sort.RELEVANCE:
            return -milliseconds(entry.car.published_at)
        case Sort.DISTANCE:
            assert query.near is not None
            return None if entry.point is None else int(query.near.point.distance_m(entry.point))


def cursor_at(document: SearchDocument, query: SearchQuery) -> Cursor:
    """Where a page that ends with this document ends, in a sort other than relevance."""
    assert document.entry is not None
    value = sort_value(document.entry, query)
    return Cursor(value=value or 0, car_id=document.car_id, is_unknown=value is None)


def age_days(entry: Entry, now: datetime) -> float:
    """How long the car has been before the public, in days."""
    return max(0.0, (now - entry.car.published_at).total_seconds() / 86_400)


def _negative(value: int | None) -> int | None:
    return None if value is None else -value
