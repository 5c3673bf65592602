"""
What the columns of dealers' files are called, in English, German, French and Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen

from carmarket.core.text import fold

ERROR_PREFIX = "carmarket "
"""Columns that begin so were added by an earlier import to say what was wrong; they are passed over."""


class Field(StrEnum):
    """What a column can be taken for."""

    MAKE = "make"
    MODEL = "model"
    TRIM = "trim"
    MODEL_YEAR = "model_year"
    BODY_STYLE = "body_style"
    FUEL = "fuel"
    TRANSMISSION = "transmission"
    DRIVETRAIN = "drivetrain"
    ENGINE = "engine"
    POWER = "power"
    COLOUR = "colour"
    PAINT = "paint"
    INTERIOR_COLOUR = "interior_colour"
    DOORS = "doors"
    SEATS = "seats"
    CONDITION = "condition"
    FEATURES = "features"
    VIN = "vin"
    STOCK_NUMBER = "stock_number"
    ODOMETER = "odometer"
    PRICE = "price"
    CURRENCY = "currency"
    DESCRIPTION = "description"
    PHOTOS = "photos"
    COUNTRY = "country"
    REGION = "region"
    CITY = "city"
    POSTCODE = "postcode"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    TIME_ZONE = "time_zone"


HEADINGS: Mapping[Field, str] = {
    Field.MAKE: "make, brand, manufacturer, car make, vehicle make, maker, marke, hersteller, fabrikat, marque, marca",
    Field.MODEL: "model, model name, car model, vehicle model, modell, modele, modelo, car type",
    Field.TRIM: "trim, trim level, variant, version, series, style, ausstattungslinie, variante, finition, acabado",
    Field.MODEL_YEAR: (
        "year, model year, my, yr, vehicle year, car year, year of manufacture, manufacture year, production year, "
        "year model, built, baujahr, modelljahr, jahr, annee, annee modele, ano, ano modelo"
    ),
    Field.BODY_STYLE: (
        "body, body style, body type, bodytype, bodystyle, vehicle type, vehicle class, car body, karosserie, "
        "karosserieform, aufbau, fahrzeugtyp, carrosserie, carroceria"
    ),
    Field.FUEL: "fuel, fuel type, kraftstoff, kraftstoffart, treibstoff, carburant, energie, combustible",
    Field.TRANSMISSION: "transmission, gearbox, trans, getriebe, schaltung, boite, boite de vitesses, transmision, cambio",
    Field.DRIVETRAIN: "drivetrain, drive train, drive, drive type, driven wheels, wheel drive, antrieb, antriebsart, traccion",
    Field.ENGINE: "engine, engine description, motor, motorisierung, engine type, moteur",
    Field.POWER: (
        "power, horsepower, horse power, hp, bhp, ps, kw, engine power, leistung, motorleistung, puissance, potencia, "
        "max power, power output"
    ),
    Field.COLOUR: (
        "colour, color, exterior color, exterior colour, ext color, ext colour, body color, body colour, paint color, "
        "farbe, aussenfarbe, couleur, couleur exterieure, color exterior"
    ),
    Field.PAINT: "paint, paint name, color name, colour name, manufacturer color, manufacturer colour, lack, lackierung, peinture",
    Field.INTERIOR_COLOUR: (
        "interior color, interior colour, int color, int colour, interior, innenfarbe, innenausstattungsfarbe, "
        "couleur interieure, color interior"
    ),
    Field.DOORS: "doors, door count, number of doors, num doors, no of doors, turen, tueren, turanzahl, anzahl turen, portes, puertas",
    Field.SEATS: (
        "seats, seat count, number of seats, seating capacity, passengers, sitze, sitzplatze, anzahl sitzplatze, "
        "places, plazas, asientos"
    ),
    Field.CONDITION: "condition, new used, new or used, zustand, fahrzeugzustand, etat, estado",
    Field.FEATURES: (
        "features, options, equipment, extras, feature list, option list, ausstattung, sonderausstattung, equipements, "
        "equipamiento, installed options"
    ),
    Field.VIN: "vin, vin number, vehicle identification number, chassis number, fin, fahrgestellnummer, fahrzeug ident nr, bastidor",
    Field.STOCK_NUMBER: (
        "stock, stock number, stock no, stock nr, stock id, stocknumber, stk, inventory number, inventory id, "
        "vehicle id, listing id, reference, ref, sku, interne nummer, bestandsnummer, angebotsnummer, fahrzeugnummer"
    ),
    Field.ODOMETER: (
        "odometer, odometer reading, mileage, miles, km, kms, kilometers, kilometres, kilometer, distance, driven, "
        "kms driven, km driven, kilometers driven, laufleistung, kilometerstand, tachostand, kilometrage, kilometraje"
    ),
    Field.PRICE: (
        "price, asking price, list price, sale price, selling price, internet price, retail price, our price, "
        "advertised price, sticker price, preis, verkaufspreis, bruttopreis, endpreis, prix, precio"
    ),
    Field.CURRENCY: "currency, price currency, wahrung, waehrung, devise, moneda",
    Field.DESCRIPTION: (
        "description, comments, comment, seller comments, dealer comments, details, text, beschreibung, bemerkung, "
        "bemerkungen, freitext, descripcion"
    ),
    Field.PHOTOS: (
        "photos, photo, images, image, pictures, picture, photo files, image files, photo url, photo urls, image url, "
        "image urls, bilder, bild, fotos, foto, imagenes"
    ),
    Field.COUNTRY: "country, country code, land, pays, pais",
    Field.REGION: "region, state, province, county, bundesland, provincia",
    Field.CITY: "city, town, location, ort, stadt, standort, ville, ciudad",
    Field.POSTCODE: "postcode, postal code, zip, zip code, zipcode, plz, postleitzahl, code postal, codigo postal",
    Field.LATITUDE: "latitude, lat, breitengrad",
    Field.LONGITUDE: "longitude, lon, lng, long, langengrad",
    Field.TIME_ZONE: "time zone, timezone, tz, zeitzone",
}
"""By what headings each field is known; folded, letters and digits only."""

BY_HEADING = {name.strip(): known for known, names in HEADINGS.items() for name in names.split(",")}

MILES, KILOMETRES = "mi", "km"
UNITS: Mapping[str, str] = {
    "mi": MILES, "mile": MILES, "miles": MILES, "mls": MILES,
    "km": KILOMETRES, "kms": KILOMETRES, "kilometer": KILOMETRES, "kilometers": KILOMETRES,
    "kilometre": KILOMETRES, "kilometres": KILOMETRES,
    "kw": "kW", "ps": "PS", "ch": "PS", "cv": "PS", "hp": "hp", "bhp": "hp", "horsepower": "hp",
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP",
    "chf": "CHF", "sfr": "CHF", "fr": "CHF", "cad": "CAD", "c$": "CAD", "aud": "AUD", "a$": "AUD", "pln": "PLN",
    "sek": "SEK", "nok": "NOK", "dkk": "DKK", "czk": "CZK", "jpy": "JPY", "¥": "JPY", "inr": "INR", "₹": "INR",
    "rs": "INR", "zar": "ZAR", "aed": "AED", "nzd": "NZD", "mxn": "MXN", "brl": "BRL", "huf": "HUF", "try": "TRY",
}  # fmt: skip
"""Units as people write them; three capital letters are currencies."""

SHARED_SIGNS: Mapping[str, frozenset[str]] = {
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "ARS", "CLP", "COP", "TWD"}),
    **dict.fromkeys(("dollar", "dollars"), frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD"})),
    "£": frozenset({"GBP", "EGP", "LBP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "rs": frozenset({"INR", "PKR", "LKR", "NPR"}),
}
"""Signs that several currencies write; the one in UNITS is meant where nothing else is said."""

IMPLIED: Mapping[str, str] = {
    "miles": MILES,
    **dict.fromkeys(
        ("km", "kms", "kilometers", "kilometres", "kilometer", "kms driven", "km driven", "kilometers driven"),
        KILOMETRES,
    ),
    **dict.fromkeys(("laufleistung", "kilometerstand", "tachostand", "kilometrage", "kilometraje"), KILOMETRES),
    **dict.fromkeys(("hp", "bhp", "horsepower", "horse power"), "hp"),
    "ps": "PS",
    "kw": "kW",
}
"""Headings that say their unit themselves."""

MEASURES: Mapping[Field, frozenset[str]] = {
    Field.ODOMETER: frozenset({MILES, KILOMETRES}),
    Field.POWER: frozenset({"kW", "PS", "hp"}),
}

BRACKETED = re.compile(r"[(\[]([^)\]]*)[)\]]")
SIGN = re.compile(r"us\$|c\$|a\$|[$€£¥₹]|[^\W\d_]+")
"""What may be a unit."""
NAME = re.compile(r"[^\W_]+")


@frozen
class Heading:
    """What a heading says: the field it names, and the unit if it has one."""

    field: Field
    unit: str | None = None


def read_heading(text: str) -> Heading | None:
    """
    What the heading is taken for; `None` if it explains nothing.

    "Price ($)", "Mileage [km]", "price_usd" and "Laufleistung in km" name their unit.
    """
    folded = fold(text)
    if folded.startswith(ERROR_PREFIX):
        return None
    noted = [UNITS.get(note.strip()) for note in BRACKETED.findall(folded)]
    plain = BRACKETED.sub(" ", folded)
    said = NAME.findall(plain)
    unit = next(filter(None, [*noted, *(UNITS[sign] for sign in "$€£" if sign in plain)]), None)
    while said:
        name = " ".join(said)
        known = BY_HEADING.get(name)
        if known is not None:
            return Heading(known, _fitting(known, unit or IMPLIED.get(name)))
        last = said.pop()
        unit = unit or UNITS.get(last)
        if last not in UNITS and last != "in":
            return None
    return None


def is_currency(unit: str | None) -> bool:
    return unit is not None and len(unit) == 3 and unit.isupper()


def currencies_in(text: str) -> frozenset[str]:
    """The currencies that the first sign in the text can stand for; none if it has no sign."""
    signs = (sign for sign in SIGN.findall(fold(text)) if is_currency(UNITS.get(sign)))
    sign = next(signs, None)
    return frozenset() if sign is None else SHARED_SIGNS.get(sign, frozenset({UNITS[sign]}))


def _fitting(known: Field, unit: str | None) -> str | None:
    """The unit, if it is one of this field's."""
    if known is Field.PRICE:
        return unit if is_currency(unit) else None
    return unit if unit in MEASURES.get(known, ()) else None
