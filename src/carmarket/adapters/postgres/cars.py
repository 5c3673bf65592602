"""
Cars as other subjects are told of them: the columns of what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from carmarket.core.booking.rules import BookableCar
from carmarket.core.enquiries.enquirable import EnquirableCar

Car = TypeVar("Car", BookableCar, EnquirableCar)


def columns(cars: Sequence[Car], is_offered: Callable[[Car], bool]) -> dict[str, list[Any]]:
    """The newest of each, in the order of ids, so that two who tell wait for each other and never in a ring."""
    newest = {car.id: car for car in sorted(cars, key=lambda car: car.version)}
    ordered = [newest[car_id] for car_id in sorted(newest)]
    return {
        "ids": [car.id for car in ordered],
        "versions": [car.version for car in ordered],
        "sellers": [car.seller for car in ordered],
        "offered": [is_offered(car) for car in ordered],
    }
