"""
From cells to the values of a car, and from those to the car, by the same rules as for one listed by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from attrs import frozen

from carmarket.core.catalog.cells import Amount, read_amount, read_degrees, read_list, read_whole, read_year
from carmarket.core.catalog.columns import MEASURES, UNITS, Field, is_currency
from carmarket.core.catalog.listing import LONGEST_DESCRIPTION, Details
from carmarket.core.catalog.names import OTHER, demand_name, read_name
from carmarket.core.catalog.vehicle import (
    BodyStyle,
    Colour,
    Condition,
    DistanceUnit,
    Drivetrain,
    Fuel,
    Odometer,
    Power,
    PowerUnit,
    Transmission,
    Vehicle,
)
from carmarket.core.catalog.vin import parse_vin
from carmarket.core.errors import InvalidError
from carmarket.core.money import Money
from carmarket.core.place import Place, Point
from carmarket.core.text import fold, short

Note = Callable[[Field, InvalidError], None]
CHOICES: Mapping[Field, type[StrEnum]] = {
    Field.BODY_STYLE: BodyStyle,
    Field.FUEL: Fuel,
    Field.TRANSMISSION: Transmission,
    Field.DRIVETRAIN: Drivetrain,
    Field.CONDITION: Condition,
}
AMOUNTS = frozenset({Field.ODOMETER, Field.POWER, Field.PRICE})
TEXTS = frozenset(
    {Field.MAKE, Field.MODEL, Field.TRIM, Field.ENGINE, Field.PAINT, Field.STOCK_NUMBER, Field.TIME_ZONE}
    | {Field.REGION, Field.CITY, Field.POSTCODE}
)
COUNTRIES: Mapping[str, str] = {
    "usa": "US", "united states": "US", "united states of america": "US", "deutschland": "DE", "germany": "DE",
    "france": "FR", "spain": "ES", "espana": "ES", "united kingdom": "GB", "uk": "GB", "great britain": "GB",
    "england": "GB", "canada": "CA", "austria": "AT", "osterreich": "AT", "switzerland": "CH", "schweiz": "CH",
    "italy": "IT", "italia": "IT", "netherlands": "NL", "belgium": "BE", "poland": "PL", "mexico": "MX",
    "ireland": "IE", "portugal": "PT", "sweden": "SE", "norway": "NO", "denmark": "DK", "australia": "AU",
    "india": "IN", "japan": "JP",
}  # fmt: skip


@frozen
class PaintedColour:
    """A colour as the file names it: the value it stands for, if one, and its own words where they say more."""

    colour: Colour | None
    paint: str | None


def parse(field: Field, text: str, *, unit: str | None, scale: Decimal, is_scaled: bool) -> Any:
    """
    The value of a cell.

    Raises: InvalidError naming the field, the value and what would be right.
    """
    if field in AMOUNTS:
        amount = read_amount(field, text, is_scaled=is_scaled)
        return _measured(field, text, Amount(amount.value * scale, amount.unit or unit))
    if field in CHOICES:
        return None if fold(text) in OTHER else demand_name(CHOICES[field], field, text)
    if field in TEXTS:
        plain = " ".join(text.split())
        short(field, plain)
        return plain
    return OTHERS[field](text)


def build(values: dict[Field, Any], note: Note, *, currency: str) -> tuple[Details | None, Money | None]:
    """The car and its price; whatever breaks a rule is noted under its field and left out."""
    for needed in (Field.MAKE, Field.MODEL):
        if values.get(needed) is None:
            note(needed, InvalidError(f"The {needed} is missing.", expected=f"the name of a {needed}"))
    price = _price(values, note, currency)
    vehicle = _vehicle(_vehicle_values(values), note)
    odometer = None
    if isinstance(amount := values.get(Field.ODOMETER), Amount):
        try:
            odometer = Odometer(_rounded(amount.value), DistanceUnit(amount.unit or "km"))
        except InvalidError as error:
            note(Field.ODOMETER, error)
    details = Details(
        vehicle=vehicle,
        vin=values.get(Field.VIN),
        odometer=odometer,
        place=_place(values, note),
        description=values.get(Field.DESCRIPTION, ""),
        stock_number=values.get(Field.STOCK_NUMBER),
    )
    return details, price


def _vehicle(said: dict[str, Any], note: Note) -> Vehicle:
    """What breaks a rule is noted and taken out, so that the next one is found too."""
    try:
        return Vehicle(**said)
    except InvalidError as error:
        wrong = error.field or "make"
        note(Field(wrong), error)
        fallback = "?" if wrong in {"make", "model"} else () if wrong == "features" else None
        return _vehicle({**said, wrong: fallback}, note)


def _vehicle_values(values: Mapping[Field, Any]) -> dict[str, Any]:
    colour = values.get(Field.COLOUR) or PaintedColour(None, None)
    power = values.get(Field.POWER)
    return {
        "make": values.get(Field.MAKE) or "?",
        "model": values.get(Field.MODEL) or "?",
        **{
            field.value: values.get(field)
            for field in (
                Field.TRIM, Field.MODEL_YEAR, Field.BODY_STYLE, Field.FUEL, Field.TRANSMISSION, Field.DRIVETRAIN,
                Field.ENGINE, Field.INTERIOR_COLOUR, Field.DOORS, Field.SEATS, Field.CONDITION,
            )
        },
        "power": power,
        "colour": colour.colour,
        "paint": values.get(Field.PAINT) or colour.paint,
        "features": values.get(Field.FEATURES, ()),
    }  # fmt: skip


def _price(values: Mapping[Field, Any], note: Note, currency: str) -> Money | None:
    amount = values.get(Field.PRICE)
    if amount is None:
        note(Field.PRICE, InvalidError("The price is missing.", expected="what the car costs"))
        return None
    try:
        return Money.of(amount.value, values.get(Field.CURRENCY) or amount.unit or currency)
    except InvalidError as error:
        note(Field.PRICE, error)
        return None


def _place(values: Mapping[Field, Any], note: Note) -> Place | None:
    latitude, longitude = values.get(Field.LATITUDE), values.get(Field.LONGITUDE)
    point = None
    if (latitude is None) != (longitude is None):
        missing = Field.LATITUDE if latitude is None else Field.LONGITUDE
        note(missing, InvalidError(f"The {missing} is missing.", expected="latitude and longitude, or neither"))
    elif latitude is not None and longitude is not None:
        try:
            point = Point(latitude, longitude)
        except InvalidError as error:
            note(Field(error.field or "latitude"), error)
    place = Place(
        country=values.get(Field.COUNTRY), region=values.get(Field.REGION), city=values.get(Field.CITY),
        postcode=values.get(Field.POSTCODE), point=point, time_zone=values.get(Field.TIME_ZONE),
    )  # fmt: skip
    return None if place == Place() else place


def _measured(field: Field, text: str, amount: Amount) -> Any:
    is_price = field is Field.PRICE
    fits = amount.unit is None or is_currency(amount.unit) if is_price else amount.unit in MEASURES[field]
    if not fits:
        units = "a currency" if is_price else ", ".join(sorted(MEASURES[field]))
        raise InvalidError(f"{amount.unit} is no unit of the {field}.", field=field, value=text[:80], expected=units)
    return Power(_rounded(amount.value), PowerUnit(amount.unit or "kW")) if field is Field.POWER else amount


def _rounded(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_HALF_UP))


def _colour(text: str) -> PaintedColour:
    """A colour that is not known by name is kept as the maker's paint."""
    short("colour", text)
    colour = read_name(Colour, text)
    is_plain = colour is not None and len(text.split()) == 1
    return PaintedColour(colour, None if is_plain else " ".join(text.split()))


def _country(text: str) -> str:
    known = COUNTRIES.get(fold(text))
    if known is None and not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise InvalidError(
            "The country is not known.", field="country", value=text[:80], expected="two letters (ISO 3166), such as US"
        )
    return known or text.upper()


def _currency(text: str) -> str:
    unit = UNITS.get(fold(text), text.upper())
    if not (is_currency(unit) and unit.isascii() and unit.isalpha()):
        raise InvalidError(
            "The currency is not known.", field="currency", value=text[:80], expected="three letters, such as EUR"
        )
    return unit


def _doors(text: str) -> int | None:
    """ "4/5" leaves open how many there are."""
    return None if "/" in text else read_whole("doors", text)


def _description(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    short("description", plain, LONGEST_DESCRIPTION)
    return plain


OTHERS: Mapping[Field, Callable[[str], Any]] = {
    Field.MODEL_YEAR: lambda text: read_year("model_year", text),
    Field.COLOUR: _colour,
    Field.INTERIOR_COLOUR: lambda text: read_name(Colour, text),
    Field.DOORS: _doors,
    Field.SEATS: lambda text: read_whole("seats", text),
    Field.FEATURES: read_list,
    Field.PHOTOS: read_list,
    Field.VIN: parse_vin,
    Field.CURRENCY: _currency,
    Field.COUNTRY: _country,
    Field.DESCRIPTION: _description,
    Field.LATITUDE: lambda text: read_degrees("latitude", text),
    Field.LONGITUDE: lambda text: read_degrees("longitude", text),
}
