"""
Which cars are like another, and why.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.core.search.document import Entry
from carmarket.core.search.query import Range, SearchQuery, Sort


@frozen(kw_only=True)
class Similar:
    """A car like the one looked at: `score` from 0 to 1, `reasons` in words a person reads."""

    entry: Entry
    score: float
    reasons: tuple[str, ...]


def candidates(entry: Entry) -> tuple[SearchQuery, ...]:
    """Where to look, nearest first: the same model; the same body at about the same price."""
    vehicle = entry.car.vehicle
    same_model = SearchQuery(makes=[entry.make], models=[entry.model], sort=Sort.NEWEST)
    if vehicle.body_style is None or entry.price is None:
        return (same_model,)
    about = Range(entry.price * 3 // 4, entry.price * 5 // 4)
    return same_model, SearchQuery(bodies=[vehicle.body_style], price=about, sort=Sort.NEWEST)


def compare(entry: Entry, other: Entry) -> Similar:
    """How alike two cars are: model, make, body, price, year, odometer and fuel, in this order of weight."""
    vehicle, against = entry.car.vehicle, other.car.vehicle
    weighed = (
        (0.30, "same model", float(entry.make == other.make and entry.model == other.model)),
        (0.10, "same make", float(entry.make == other.make)),
        (0.15, "same body style", _same(vehicle.body_style, against.body_style)),
        (0.20, "similar price", _close(entry.price, other.price, 0.25)),
        (0.10, "similar age", _near(vehicle.model_year, against.model_year, 3)),
        (0.10, "similar odometer", _close(entry.odometer, other.odometer, 0.35)),
        (0.05, "same fuel", _same(vehicle.fuel, against.fuel)),
    )
    reasons = tuple(reason for _, reason, likeness in weighed if likeness >= 0.5)
    if "same model" in reasons:
        reasons = tuple(reason for reason in reasons if reason != "same make")
    return Similar(entry=other, score=sum(weight * likeness for weight, _, likeness in weighed), reasons=reasons)


def _same(one: object, two: object) -> float:
    return float(one is not None and one == two)


def _close(one: int | None, two: int | None, most: float) -> float:
    """1 for equal values, falling to 0 where they differ by the share `most`."""
    if not one or not two:
        return 0.0
    return max(0.0, 1 - abs(one - two) / (most * max(one, two)))


def _near(one: int | None, two: int | None, most: int) -> float:
    if one is None or two is None:
        return 0.0
    return max(0.0, 1 - abs(one - two) / most)
