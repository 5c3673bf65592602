"""
A search as parameters of a URL or options of a command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.vehicle import (
    METRES_PER_MILE,
    WATTS,
    BodyStyle,
    Colour,
    Condition,
    DistanceUnit,
    Drivetrain,
    Fuel,
    PowerUnit,
    Transmission,
)
from carmarket.core.errors import InvalidError
from carmarket.core.money import LARGEST_AMOUNT, Money, RateTable
from carmarket.core.period import Period
from carmarket.core.place import Point
from carmarket.core.search.query import LARGEST_NUMBER, Near, Range, SearchQuery, Sort

Params = Mapping[str, Sequence[str]]
E = TypeVar("E", bound=StrEnum)

PARAMETERS: Mapping[str, str] = {
    "words": "What to look for, as people type it: names, trade words, numbers with units.",
    "make": "A make; may be repeated.",
    "model": "A model; may be repeated.",
    "trim": "A trim; may be repeated.",
    "body": f"A body style; may be repeated. One of {', '.join(BodyStyle)}.",
    "fuel": f"A fuel; may be repeated. One of {', '.join(Fuel)}.",
    "transmission": f"One of {', '.join(Transmission)}; may be repeated.",
    "drivetrain": f"One of {', '.join(Drivetrain)}; may be repeated.",
    "colour": f"A colour; may be repeated. One of {', '.join(Colour)}.",
    "condition": f"One of {', '.join(Condition)}; may be repeated.",
    "feature": "A feature that the car must have; may be repeated, then all of them.",
    "price_min": "The lowest price, in major units of `currency`.",
    "price_max": "The highest price, in major units of `currency`.",
    "currency": "The currency of the prices asked for; by default the market's base currency.",
    "year_min": "The earliest model year.",
    "year_max": "The latest model year.",
    "odometer_min": "The least distance run, in `odometer_unit`.",
    "odometer_max": "The most distance run, in `odometer_unit`.",
    "odometer_unit": "km (the default) or mi.",
    "power_min": "The least power, in `power_unit`.",
    "power_max": "The most power, in `power_unit`.",
    "power_unit": "kW (the default), PS or hp.",
    "latitude": "Degrees north of the equator; with `longitude` and `radius`.",
    "longitude": "Degrees east of Greenwich.",
    "radius": "Kilometres around the point, 1 or more.",
    "seller": "The id of a seller.",
    "free_from": "Free from this instant on (RFC 3339); with `free_to`.",
    "free_to": "Free up to this instant.",
    "sort": f"One of {', '.join(Sort)}.",
}
"""Every parameter of a search and what it says."""


def parse_query(params: Params, rates: RateTable) -> SearchQuery:
    """
    The query that the parameters say; names that are no parameters of a search are passed over.

    Raises: InvalidError naming the parameter, what it said and what would be right.
    """
    near = _near(params)
    return SearchQuery(
        words=_one(params, "words") or "",
        makes=params.get("make", ()),
        models=params.get("model", ()),
        trims=params.get("trim", ()),
        bodies=_choices(params, "body", BodyStyle),
        fuels=_choices(params, "fuel", Fuel),
        transmissions=_choices(params, "transmission", Transmission),
        drivetrains=_choices(params, "drivetrain", Drivetrain),
        colours=_choices(params, "colour", Colour),
        conditions=_choices(params, "condition", Condition),
        features=params.get("feature", ()),
        price=_range(params, "price", _price_scale(params, rates)),
        year=_range(params, "year", _whole_year),
        odometer=_range(params, "odometer", _distance_scale(params)),
        power=_range(params, "power", _power_scale(params)),
        near=near,
        free=_free(params),
        seller=_seller(params),
        sort=_choice(params, "sort", Sort) or (Sort.DISTANCE if near and not _one(params, "words") else Sort.RELEVANCE),
    )


def plain_query(params: Params) -> str:
    """The parameters as the query of a URL: ASCII alone, percent-encoded."""
    return urlencode(params, doseq=True)


def _one(params: Params, name: str) -> str | None:
    if name not in params:
        return None
    values = [value for value in params[name] if value.strip()]
    if len(values) > 1:
        raise InvalidError(f"{name} is said once.", field=name, value=", ".join(values)[:200], expected="one value")
    return values[0].strip() if values else None


def _choices(params: Params, name: str, kind: type[E]) -> frozenset[E]:
    if name not in params:
        return frozenset()
    return frozenset(_member(name, value, kind) for value in params[name] if value.strip())


def _choice(params: Params, name: str, kind: type[E]) -> E | None:
    value = _one(params, name)
    return None if value is None else _member(name, value, kind)


def _member(name: str, value: str, kind: type[E]) -> E:
    by_name: Mapping[str, E] = _by_name(kind)
    try:
        return by_name[value.strip().casefold()]
    except KeyError:
        raise InvalidError(
            f"There is no {name} {value[:80]!r}.", field=name, value=value[:80], expected=", ".join(kind)
        ) from None


@cache
def _by_name(kind: type[E]) -> Mapping[str, E]:
    return {member.value.casefold(): member for member in kind}


def _number(params: Params, name: str) -> Decimal | None:
    text = _one(params, name)
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > LARGEST_AMOUNT:
        raise InvalidError(f"{name} is a number.", field=name, value=text[:80], expected="digits, such as 15000")
    return number


def _range(params: Params, name: str, scale: Callable[[Decimal], int]) -> Range | None:
    low, high = _number(params, f"{name}_min"), _number(params, f"{name}_max")
    if low is None and high is None:
        return None
    if low is not None and high is not None and low > high:
        raise InvalidError(
            f"{name}_max is not below {name}_min.", field=f"{name}_max", value=str(high), expected=f"{low} or more"
        )
    return Range(None if low is None else scale(low), None if high is None else scale(high))


def _whole_year(number: Decimal) -> int:
    if number != number.to_integral_value():
        raise InvalidError("A year is a whole number.", field="year", value=str(number)[:80], expected="such as 2019")
    return int(number)


def _price_scale(params: Params, rates: RateTable) -> Callable[[Decimal], int]:
    currency = (_one(params, "currency") or rates.base).upper()
    if currency != rates.base and currency not in rates.rates:
        raise InvalidError(
            f"There is no rate for {currency[:20]!r}.",
            field="currency",
            value=currency[:20],
            expected=", ".join([rates.base, *rates.rates]),
        )

    def scale(number: Decimal) -> int:
        worth = rates.to_base(Money.of(max(number, Decimal(0)), currency))
        return LARGEST_NUMBER if worth is None else min(worth, LARGEST_NUMBER)

    return scale


def _distance_scale(params: Params) -> Callable[[Decimal], int]:
    in_miles = _choice(params, "odometer_unit", DistanceUnit) is DistanceUnit.MILES
    return lambda number: round(float(number) * (METRES_PER_MILE if in_miles else 1_000.0))


def _power_scale(params: Params) -> Callable[[Decimal], int]:
    unit = _choice(params, "power_unit", PowerUnit) or PowerUnit.KILOWATTS
    return lambda number: round(float(number) * WATTS[unit])


def _near(params: Params) -> Near | None:
    names = ("latitude", "longitude", "radius")
    values = {name: _number(params, name) for name in names}
    given = [name for name in names if values[name] is not None]
    if not given:
        return None
    for name in names:
        if values[name] is None:
            raise InvalidError(f"{given[0]} goes with {name}.", field=name, value=None, expected=f"a {name}")
    point = Point(float(values["latitude"] or 0), float(values["longitude"] or 0))
    return Near(point, round(float(values["radius"] or 0) * 1_000))


def _free(params: Params) -> Period | None:
    start, end = _instant(params, "free_from"), _instant(params, "free_to")
    if start is None and end is None:
        return None
    if start is None or end is None:
        missing = "free_from" if start is None else "free_to"
        raise InvalidError("A period has two ends.", field=missing, value=None, expected="an instant")
    return Period(start, end)


def _instant(params: Params, name: str) -> datetime | None:
    text = _one(params, name)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InvalidError(
            f"{name} is an instant with a time zone.", field=name, value=text[:80], expected="2026-12-01T09:00:00Z"
        )
    return instant


def _seller(params: Params) -> SellerId | None:
    text = _one(params, "seller")
    if text is None:
        return None
    try:
        return SellerId(UUID(text))
    except ValueError:
        raise InvalidError("A seller is named by an id.", field="seller", value=text[:80], expected="a UUID") from None
