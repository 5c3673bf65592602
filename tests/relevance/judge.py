"""
Judging what a query found by rules over the cars: nDCG at ten.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from math import log2
from pathlib import Path
from typing import Any

from attrs import Factory, frozen

from carmarket.core.catalog.car import Car
from carmarket.core.catalog.vehicle import METRES_PER_MILE, WATTS, PowerUnit
from carmarket.core.text import key

JUDGED = Path(__file__).with_name("judged.toml")
BEST, GOOD = 3, 1
DEPTH = 10


@frozen
class Judged:
    """A query as somebody types it, and which cars are what they meant."""

    text: str
    best: Mapping[str, Any] = Factory(dict)
    good: Mapping[str, Any] = Factory(dict)
    nothing: bool = False
    everything: bool = False

    def gain(self, car: Car) -> int:
        if self.best and meets(car, self.best):
            return BEST
        return GOOD if self.good and meets(car, self.good) else 0


def judged_queries() -> list[Judged]:
    listed = tomllib.loads(JUDGED.read_text())["query"]
    return [
        Judged(
            one["text"],
            one.get("best", {}),
            one.get("good", {}),
            one.get("nothing", False),
            one.get("everything", False),
        )
        for one in listed
    ]


def ndcg(query: Judged, found: Sequence[Car], stock: Sequence[Car]) -> float:
    """
    Discounted cumulative gain of the first ten, over that of the best possible ten (Järvelin & Kekäläinen 2002).

    Where the stock has nothing that is meant, finding nothing is the one right answer.
    """
    ideal = _dcg(sorted((query.gain(car) for car in stock), reverse=True))
    if not ideal:
        return 0.0 if found else 1.0
    return _dcg([query.gain(car) for car in found]) / ideal


def _dcg(gains: Sequence[int]) -> float:
    return sum((2.0**gain - 1) / log2(rank + 2) for rank, gain in enumerate(gains[:DEPTH]))


def meets(car: Car, rule: Mapping[str, Any]) -> bool:
    """Whether the car meets every condition of the rule."""
    return all(RULES[name](car, wanted) for name, wanted in rule.items())


def _one_of(value: Any, wanted: Any) -> bool:
    return value in (wanted if isinstance(wanted, list) else [wanted])


def _most(value: float | None, bound: float) -> bool:
    return value is not None and value <= bound


def _least(value: float | None, bound: float) -> bool:
    return value is not None and value >= bound


RULES: dict[str, Any] = {
    "make": lambda car, wanted: key(car.vehicle.make) == wanted,
    "model": lambda car, wanted: _one_of(key(car.vehicle.model), wanted),
    "trim_has": lambda car, wanted: wanted in key(car.vehicle.trim or ""),
    "body": lambda car, wanted: car.vehicle.body_style == wanted,
    "fuel": lambda car, wanted: _one_of(car.vehicle.fuel, wanted),
    "transmission": lambda car, wanted: car.vehicle.transmission == wanted,
    "drivetrain": lambda car, wanted: car.vehicle.drivetrain == wanted,
    "colour": lambda car, wanted: car.vehicle.colour == wanted,
    "condition": lambda car, wanted: car.vehicle.condition == wanted,
    "feature": lambda car, wanted: wanted in map(key, car.vehicle.features),
    "city": lambda car, wanted: car.place is not None and key(car.place.city or "") == wanted,
    "year_min": lambda car, wanted: _least(car.vehicle.model_year, wanted),
    "year_max": lambda car, wanted: _most(car.vehicle.model_year, wanted),
    "price_min": lambda car, wanted: _least(float(car.price.current.major), wanted),
    "price_max": lambda car, wanted: _most(float(car.price.current.major), wanted),
    "miles_max": lambda car, wanted: car.odometer is not None and car.odometer.metres <= wanted * METRES_PER_MILE,
    "hp_min": lambda car, wanted: (
        car.vehicle.power is not None
        and car.vehicle.power.watts >= round(wanted * WATTS[PowerUnit.MECHANICAL_HORSEPOWER])
    ),
}
