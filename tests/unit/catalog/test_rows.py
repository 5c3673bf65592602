"""
Reading dealers' files: columns, units, marks, values, and what is wrong with a row.

It is long, for it is a list of what stands in dealers' files.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmarket.core.catalog.cells import Amount, read_amount, read_list, read_whole, read_year
from carmarket.core.catalog.columns import Field, Heading, read_heading
from carmarket.core.catalog.mapping import parse_mapping
from carmarket.core.catalog.names import NAMES, read_name
from carmarket.core.catalog.rows import plan
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
)
from carmarket.core.errors import InvalidError
from carmarket.core.money import Money
from carmarket.core.place import Point
from carmarket.testing.builders import a_vin

BARE = ["Make", "Model", "Price"]


@pytest.mark.parametrize(
    ("heading", "field", "unit"),
    [
        ("Mileage", Field.ODOMETER, None),
        ("odometer", Field.ODOMETER, None),
        ("km", Field.ODOMETER, "km"),
        ("Miles", Field.ODOMETER, "mi"),
        ("Price ($)", Field.PRICE, "USD"),
        ("Price €", Field.PRICE, "EUR"),
        ("price_gbp", Field.PRICE, "GBP"),
        ("Preis [EUR]", Field.PRICE, "EUR"),
        ("Laufleistung", Field.ODOMETER, "km"),
        ("Laufleistung in km", Field.ODOMETER, "km"),
        ("Mileage (mi)", Field.ODOMETER, "mi"),
        ("Leistung (kW)", Field.POWER, "kW"),
        ("HP", Field.POWER, "hp"),
        ("Marke", Field.MAKE, None),
        ("Année", Field.MODEL_YEAR, None),
        ("Stock #", Field.STOCK_NUMBER, None),
        ("VIN", Field.VIN, None),
        ("Exterior Color", Field.COLOUR, None),
        ("Code postal", Field.POSTCODE, None),
    ],
)
def test_a_heading_says_what_it_is(heading, field, unit):
    assert read_heading(heading) == Heading(field, unit)


@pytest.mark.parametrize(
    "heading",
    ["", "Notes", "???", "carmarket reason", "Price history", "Old price", "Erstzulassung", "First registration"],
)
def test_a_heading_that_explains_nothing_is_left_out(heading):
    assert read_heading(heading) is None


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("45.000 km", "45000", "km"),
        ("45,000 mi", "45000", "mi"),
        ("$12,500.00", "12500.00", "USD"),
        ("12.500,50 €", "12500.50", "EUR"),
        ("1'250 CHF", "1250", "CHF"),
        ("12 500 €", "12500", "EUR"),
        ("EUR 12.500,-", "12500", "EUR"),
        ("15k", "15000", None),
        ("£12k", "12000", "GBP"),
        ("(12,500)", "-12500", None),
        ("45 tkm", "45000", "km"),
        ("1,234,567", "1234567", None),
        ("9,8", "9.8", None),
        ("0.555", "0.555", None),
        ("110 kW (150 PS)", "110", "kW"),
        ("103.52bhp", "103.52", "hp"),
    ],
)
def test_an_amount_is_read_whatever_its_marks(text, value, unit):
    assert read_amount("price", text) == Amount(Decimal(value), unit)


@pytest.mark.parametrize("text", ["", "call us", "12 apples", "1,23,4567.8.9", "10 - 20", "1.2.3", "9" * 40])
def test_what_is_no_amount_is_refused_with_its_field(text):
    with pytest.raises(InvalidError) as refused:
        read_amount("price", text)

    assert refused.value.field == "price"


@given(st.integers(0, 10**12), st.sampled_from([",", ".", "'", " "]))
def test_thousands_are_read_in_every_way_of_writing(number, mark):
    assert read_amount("price", f"{number:,}".replace(",", mark)).value == number


def test_years_whole_numbers_and_lists():
    assert [read_year("y", text) for text in ("2019", "2019.0", "03/2019", "2019-03-01")] == [2019] * 4
    assert [read_whole("doors", text) for text in ("5", "5.0", "5 doors")] == [5, 5, 5]
    assert read_list("Sunroof; Heated  seats;Sunroof") == ("Sunroof", "Heated seats")
    assert read_list("ABS, Radio") == ("ABS", "Radio")
    for read, text in ((read_year, "19"), (read_year, "2019-2020"), (read_whole, "four"), (read_whole, "4 or 5")):
        with pytest.raises(InvalidError):
            read("field", text)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Transmission, "8-Speed Automatic w/Tiptronic", Transmission.AUTOMATIC),
        (Transmission, "CVT", Transmission.AUTOMATIC),
        (Transmission, "M", Transmission.MANUAL),
        (Transmission, "6-Gang Schaltgetriebe", Transmission.MANUAL),
        (Transmission, "Automated Manual", Transmission.AUTOMATIC),
        (Fuel, "Benzin", Fuel.PETROL),
        (Fuel, "Petrol/Electric", Fuel.HYBRID),
        (Fuel, "Plug-in Hybrid", Fuel.PLUG_IN_HYBRID),
        (Drivetrain, "4x4", Drivetrain.ALL),
        (Drivetrain, "Allradantrieb", Drivetrain.ALL),
        (BodyStyle, "Kombi", BodyStyle.WAGON),
        (BodyStyle, "4dr Sedan", BodyStyle.SEDAN),
        (BodyStyle, "SUV", BodyStyle.SUV),
        (Colour, "Deep Black Pearl", Colour.BLACK),
        (Colour, "weiß", Colour.WHITE),
        (Colour, "Black/Red", None),
        (Colour, "Nardo", None),
        (Condition, "Certified Pre-Owned", Condition.CERTIFIED),
    ],
)
def test_values_are_known_by_their_names(kind, text, value):
    assert read_name(kind, text) is value


def test_every_value_has_a_name_and_no_name_means_two():
    for kind, members in NAMES.items():
        names = [name.strip() for listed in members.values() for name in listed.split(",")]
        assert set(members) == set(kind)
        assert len(names) == len(set(names)), kind


def test_a_row_becomes_a_car():
    header = [
        "VIN", "Marke", "Modell", "Baujahr", "Karosserie", "Kraftstoff", "Getriebe", "Leistung (PS)", "Farbe",
        "Laufleistung", "Preis", "Ausstattung", "Ort", "PLZ", "Land", "lat", "lon", "Zustand", "Türen",
    ]  # fmt: skip
    cells = [
        a_vin(7).lower(), " VW ", "Golf", "2019", "Kombi", "Diesel", "Automatik", "150", "Deep Black Perleffekt",
        "45.000 km", "12.500 €", "Navi; Sitzheizung", "Köln", "50667", "Deutschland", "50,94", "6,96", "gebraucht",
        "4/5",
    ]  # fmt: skip

    said = plan(header).read(cells)

    assert said.errors == ()
    assert said.price == Money(1_250_000, "EUR")
    assert said.identity == f"vin:{a_vin(7)}"
    assert said.details is not None
    vehicle = said.details.vehicle
    assert (vehicle.make, vehicle.model, vehicle.model_year) == ("VW", "Golf", 2019)
    assert (vehicle.body_style, vehicle.fuel, vehicle.transmission) == (
        BodyStyle.WAGON,
        Fuel.DIESEL,
        Transmission.AUTOMATIC,
    )
    assert vehicle.power == Power(150, PowerUnit.METRIC_HORSEPOWER)
    assert (vehicle.colour, vehicle.paint) == (Colour.BLACK, "Deep Black Perleffekt")
    assert vehicle.features == ("Navi", "Sitzheizung")
    assert vehicle.doors is None
    assert said.details.odometer == Odometer(45_000, DistanceUnit.KILOMETRES)
    assert said.details.place is not None
    assert said.details.place.country == "DE"
    assert said.details.place.point == Point(50.94, 6.96)


def test_what_is_not_said_stays_unknown():
    said = plan([*BARE, "Fuel", "Mileage", "Doors"]).read(["Ford", "Focus", "9000", "n/a", "-", ""])

    assert said.errors == ()
    assert said.details is not None
    assert (said.details.vehicle.fuel, said.details.odometer, said.details.vehicle.doors) == (None, None, None)
    assert said.details.place is None


def test_a_distance_without_a_unit_follows_the_currency():
    dollars = plan(["Make", "Model", "Price ($)", "Mileage"]).read(["Ford", "Focus", "9000", "10"])
    euros = plan(["Make", "Model", "Price (€)", "Mileage"]).read(["Ford", "Focus", "9000", "10"])
    in_the_cell = plan(["Make", "Model", "Price ($)", "Mileage"]).read(["Ford", "Focus", "9000", "10 km"])

    read = [said.details.odometer for said in (dollars, euros, in_the_cell) if said.details]
    units = [odometer.unit for odometer in read if odometer]
    assert units == ["mi", "km", "km"]


def test_all_errors_of_a_row_are_told_with_column_value_and_reason():
    header = [*BARE, "Fuel", "Year", "VIN", "Doors"]
    said = plan(header).read(["", "Focus", "free", "steam", "1066", "1FTFW1E50MFA0000I", "12"])

    assert said.details is None
    assert {(error.column, error.value) for error in said.errors} == {
        ("Make", ""), ("Price", "free"), ("Fuel", "steam"), ("Year", "1066"), ("VIN", "1FTFW1E50MFA0000I"),
        ("Doors", "12"),
    }  # fmt: skip
    reasons = {error.column: error.reason for error in said.errors}
    assert "position 17" in reasons["VIN"]
    assert "diesel" in reasons["Fuel"]


def test_a_row_that_is_too_wide_is_told():
    said = plan(BARE).read(["Ford", "Focus", "9", "000"])

    assert [error.column for error in said.errors] == ["4"]
    assert plan(BARE).read(["Ford", "Focus", "9", "", ""]).errors == ()


def test_who_a_row_is_about_is_known_even_if_it_fails():
    header = [*BARE, "Stock #", "VIN"]

    assert plan(header).read(["Ford", "Focus", "x", "A1", ""]).identity == "stock:A1"
    assert plan(header).read(["Ford", "Focus", "x", "", a_vin(3)]).identity == f"vin:{a_vin(3)}"
    assert plan(header).read(["Ford", "Focus", "x", "", ""]).identity is None
    assert plan(header).read(["Ford", "Focus", "9", "", "broken"]).identity is None
    sound = plan(header).read(["Ford", "Focus", "9", "", ""]).identity
    assert sound is not None
    assert sound.startswith("row:")
    assert sound != plan(header).read(["Ford", "Focus", "8", "", ""]).identity


def test_a_file_without_what_every_car_needs_is_refused():
    with pytest.raises(InvalidError) as refused:
        plan(["Make", "Colour", "Notes"])

    assert "model, price" in refused.value.message


def test_the_surest_name_wins_and_a_field_is_taken_once():
    matches = plan(["Make", "Model", "Location", "City", "Price", "List price"]).matches

    assert [(one.column, one.field) for one in matches] == [
        ("Make", "make"), ("Model", "model"), ("Location", None), ("City", "city"), ("Price", "price"),
        ("List price", None),
    ]  # fmt: skip


def test_a_mapping_file_says_what_columns_do_not():
    mapping = """
[make]
constant = "Mazda"
[model]
column = "CarType"
[price]
column = "Ask"
scale = 1000
currency = "EUR"
[odometer]
column = "Run"
scale = 1000
unit = "km"
[body_style]
column = "Form"
values = { Limo = "sedan" }
[make_of_notes]
column = "Model"
ignore = true
"""
    planned = plan(["CarType", "Ask", "Run", "Form", "Model"], parse_mapping(mapping))
    said = planned.read(["Mazda6", "15.995", "17,8", "limo", "internal"])

    assert said.errors == ()
    assert said.details is not None
    assert (said.details.vehicle.make, said.details.vehicle.model) == ("Mazda", "Mazda6")
    assert said.details.vehicle.body_style is BodyStyle.SEDAN
    assert said.price == Money(1_599_500, "EUR")
    assert said.details.odometer == Odometer(17_800)
    assert ("constant 'Mazda'", "make") in [(one.column, one.field) for one in planned.matches]


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ("no toml", "mapping"),
        ("price = 3", "mapping.price"),
        ("[prise]\ncolumn='x'", "mapping.prise"),
        ("[price]\ncolumn='x'\nscala=3", "mapping.price.scala"),
        ("[price]\nscale=3", "mapping.price"),
        ("[price]\ncolumn='x'\nconstant='y'", "mapping.price"),
        ("[price]\ncolumn='x'\nscale=0", "mapping.price.scale"),
        ("[price]\ncolumn='x'\ncurrency='km'", "mapping.price.unit"),
        ("[odometer]\ncolumn='x'\nunit='EUR'", "mapping.odometer.unit"),
        ("[make]\ncolumn=3", "mapping.make.column"),
        ("[fuel]\ncolumn='x'\nvalues=3", "mapping.fuel.values"),
    ],
)
def test_a_mapping_that_cannot_be_understood_is_refused_where_it_is_wrong(mapping, field):
    with pytest.raises(InvalidError) as refused:
        parse_mapping(mapping)

    assert refused.value.field == field


def test_a_mapping_that_names_no_column_of_the_file_is_refused():
    with pytest.raises(InvalidError) as refused:
        plan(BARE, parse_mapping("[vin]\ncolumn = 'Chassis'"))

    assert refused.value.value == "Chassis"
