"""
What may be said of a car, and what may not.
"""

from __future__ import annotations

from typing import Any

import pytest

from carmarket.core.catalog.listing import Details
from carmarket.core.catalog.vehicle import DistanceUnit, Odometer, Power, PowerUnit, Vehicle
from carmarket.core.catalog.vin import Vin
from carmarket.core.errors import InvalidError


def test_a_title_says_what_is_known():
    assert Vehicle(make="VW", model="Golf", trim="GTI", model_year=2019).title == "2019 VW Golf GTI"
    assert Vehicle(make="VW", model="Golf").title == "VW Golf"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"make": " "}, "make"),
        ({"model": ""}, "model"),
        ({"make": "x" * 101}, "make"),
        ({"trim": "a\x00b"}, "trim"),
        ({"model_year": 1885}, "model_year"),
        ({"model_year": 2101}, "model_year"),
        ({"doors": 0}, "doors"),
        ({"seats": 100}, "seats"),
        ({"features": ("Sunroof", "Sunroof")}, "features"),
        ({"features": ("x" * 101,)}, "features"),
    ],
)
def test_what_breaks_a_rule_is_named(fields: dict[str, Any], field):
    with pytest.raises(InvalidError) as caught:
        Vehicle(**{"make": "VW", "model": "Golf", **fields})

    assert caught.value.field == field
    assert caught.value.expected


def test_miles_and_kilometres_are_compared_in_metres():
    assert Odometer(100).metres == 100_000
    assert Odometer(100, DistanceUnit.MILES).metres == 160_934


def test_powers_are_compared_in_watts():
    assert Power(100).watts == 100_000
    assert Power(100, PowerUnit.METRIC_HORSEPOWER).watts == 73_550
    assert Power(100, PowerUnit.MECHANICAL_HORSEPOWER).watts == 74_570


@pytest.mark.parametrize("value", [-1, 5_000_001])
def test_an_odometer_has_bounds(value):
    with pytest.raises(InvalidError, match="odometer"):
        Odometer(value)


def test_details_hold_a_vin_in_its_one_spelling():
    with pytest.raises(InvalidError) as caught:
        Details(vehicle=Vehicle(make="VW", model="Golf"), vin=Vin("wvwzzz1kz6w000001"))

    assert caught.value.expected == "WVWZZZ1KZ6W000001"


def test_a_description_has_at_most_twenty_thousand_letters():
    with pytest.raises(InvalidError, match="description"):
        Details(vehicle=Vehicle(make="VW", model="Golf"), description="x" * 20_001)
