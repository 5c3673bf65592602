"""
A hypothesis strategy for all that a seller can say of a car.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from carmarket.core.catalog.listing import Details
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
from carmarket.core.place import Place, Point
from carmarket.testing.builders import a_vin


def texts(least: int = 1, most: int = 100) -> st.SearchStrategy[str]:
    """Plain text of any script."""
    letters = st.characters(exclude_categories=["Cs", "Cc"])
    return st.text(letters, min_size=least, max_size=most).filter(lambda text: not least or not text.isspace())


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What is known, or not."""
    return st.none() | strategy


def some_vehicles_at_all() -> st.SearchStrategy[Vehicle]:
    """Vehicles with every fact known or not."""
    return st.builds(
        Vehicle,
        make=texts(),
        model=texts(),
        trim=maybe(texts()),
        model_year=maybe(st.integers(1886, 2100)),
        body_style=maybe(st.sampled_from(BodyStyle)),
        fuel=maybe(st.sampled_from(Fuel)),
        transmission=maybe(st.sampled_from(Transmission)),
        drivetrain=maybe(st.sampled_from(Drivetrain)),
        engine=maybe(texts()),
        power=maybe(st.builds(Power, st.integers(1, 5_000), st.sampled_from(PowerUnit))),
        colour=maybe(st.sampled_from(Colour)),
        paint=maybe(texts()),
        interior_colour=maybe(st.sampled_from(Colour)),
        doors=maybe(st.integers(1, 9)),
        seats=maybe(st.integers(1, 99)),
        condition=maybe(st.sampled_from(Condition)),
        features=st.lists(texts(), max_size=5, unique=True).map(tuple),
    )


def some_places_at_all() -> st.SearchStrategy[Place]:
    points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))
    return st.builds(
        Place,
        country=maybe(st.sampled_from(["US", "DE"])),
        region=maybe(texts()),
        city=maybe(texts()),
        postcode=maybe(texts()),
        point=maybe(points),
        time_zone=maybe(st.just("Europe/Berlin")),
    )


def some_details_at_all() -> st.SearchStrategy[Details]:
    """Details with every fact known or not."""
    return st.builds(
        Details,
        vehicle=some_vehicles_at_all(),
        vin=maybe(st.integers(0, 10**8 - 1).map(a_vin)),
        odometer=maybe(st.builds(Odometer, st.integers(0, 5_000_000), st.sampled_from(DistanceUnit))),
        place=maybe(some_places_at_all()),
        description=texts(least=0),
        stock_number=maybe(texts()),
    )
