"""
The core's weights (`core/search/relevance.py`) for many cars at once, in single precision, and the best of very many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray
from pyroaring import BitMap

from carmarket.adapters.bitmap.bits import Slots, slots_of
from carmarket.adapters.bitmap.numbers import SIX_HOURS_MS
from carmarket.adapters.bitmap.table import Table
from carmarket.core.period import milliseconds
from carmarket.core.search.document import FACTS_OF_A_COMPLETE_LISTING
from carmarket.core.search.relevance import (
    COMPLETENESS_WEIGHT,
    FRESHNESS_HALF_LIFE_DAYS,
    FRESHNESS_WEIGHT,
    NAME_WEIGHT,
    TEXT_WEIGHT,
    rarity,
)
from carmarket.core.search.words import Word

Scores = NDArray[np.float32]
DAY_MS = 86_400_000
MANY = 60_000
"""Of so many cars that answer a query alike, the best are sought where the newest and most complete are."""
MOST_CLASSES = 64


@frozen
class Class:
    """Cars in which the words are found in the same ways, and what that is worth."""

    worth: float
    cars: BitMap


def classes_of(table: Table, terms: Sequence[Word], found: BitMap) -> list[Class] | None:
    """The found cars by how the words are found in them, the best first; `None` if there are too many ways."""
    classes = [Class(0.0, found)]
    for term in terms:
        weight = rarity(len(table.words.find(term)), len(table.live))
        rest = table.live
        levels = []
        for closeness, having in _levels(table, term):
            levels.append((closeness * weight, having & rest))
            rest = rest - having
        classes = [
            Class(each.worth + worth, met)
            for each in classes
            for worth, having in levels
            if (met := each.cars & having)
        ]
        if len(classes) > MOST_CLASSES:
            return None
    return sorted(classes, key=lambda each: -each.worth)


def scores(table: Table, terms: Sequence[Word], found: BitMap, slots: Slots, now: datetime) -> Scores:
    """How well each of the found cars answers, larger is better."""
    total = standing(table, slots, now)
    weights = np.zeros(table.cars.count, dtype=np.float32)
    for term in terms:
        having = table.words.find(term)
        weight = rarity(len(having), len(table.live))
        for closeness, cars in reversed(_levels(table, term)):
            weights[slots_of(cars & found)] = closeness * weight
        total += weights[slots]
    return total


def standing(table: Table, slots: Slots, now: datetime) -> Scores:
    """What listings are worth whatever was asked."""
    published = table.numbers["published"].of(slots)
    age = np.maximum(0, milliseconds(now) - published).astype(np.float32) / np.float32(DAY_MS)
    fresh: Scores = np.exp2(age / np.float32(-FRESHNESS_HALF_LIFE_DAYS)) * np.float32(FRESHNESS_WEIGHT)
    complete = table.numbers["completeness"].of(slots)
    fresh += complete.astype(np.float32) * np.float32(COMPLETENESS_WEIGHT / FACTS_OF_A_COMPLETE_LISTING)
    return fresh


@define
class Best:
    """The best cars that were seen: at least `count` of them once so many were shown to it."""

    count: int
    slots: Slots = field(factory=lambda: np.zeros(0, dtype=np.uint32))
    scores: Scores = field(factory=lambda: np.zeros(0, dtype=np.float32))

    @property
    def bound(self) -> float:
        """No car below it is among the best."""
        return float(self.scores.min()) if len(self.scores) >= self.count else -np.inf

    def see(self, slots: Slots, scores: Scores) -> None:
        self.slots, self.scores = np.concatenate([self.slots, slots]), np.concatenate([self.scores, scores])
        if len(self.slots) > self.count:
            kept = self.scores >= -np.partition(-self.scores, self.count - 1)[self.count - 1]
            self.slots, self.scores = self.slots[kept], self.scores[kept]


def best_of(table: Table, classes: Sequence[Class], count: int, now: datetime) -> tuple[Slots, Scores]:
    """At least `count` of the cars (or all of them), none of the rest being better than the last of them."""
    best = Best(count)
    for each in classes:
        if each.worth + FRESHNESS_WEIGHT + COMPLETENESS_WEIGHT < best.bound:
            break
        if len(each.cars) <= MANY:
            slots = slots_of(each.cars)
            best.see(slots, standing(table, slots, now) + np.float32(each.worth))
            continue
        for bound, cars in _by_standing(table, each.cars, now):
            if each.worth + bound < best.bound:
                break
            slots = slots_of(cars)
            best.see(slots, standing(table, slots, now) + np.float32(each.worth))
    return best.slots, best.scores


def _by_standing(table: Table, cars: BitMap, now: datetime) -> Iterator[tuple[float, BitMap]]:
    """The cars in groups of one completeness and one time of publication, by what such a car is worth at most."""
    complete, published = table.numbers["completeness"].buckets, table.numbers["published"].buckets
    ends = (published.keys + 1) * SIX_HOURS_MS
    age = np.maximum(0, milliseconds(now) - ends) / DAY_MS
    fresh = FRESHNESS_WEIGHT * np.exp2(-age / FRESHNESS_HALF_LIFE_DAYS)
    bounds = fresh[:, None] + COMPLETENESS_WEIGHT * complete.keys[None, :] / FACTS_OF_A_COMPLETE_LISTING
    met: dict[int, BitMap] = {}
    for at in np.argsort(-bounds, axis=None, kind="stable").tolist():
        time, facts = divmod(at, len(complete.keys))
        if facts not in met:
            met[facts] = cars & (complete.find(int(complete.keys[facts])) or BitMap())
        group = met[facts] & (published.find(int(published.keys[time])) or BitMap())
        if group:
            # A little more than it is worth in double precision, for scores are in single precision.
            yield float(bounds[time, facts]) + 1e-5, group


def _levels(table: Table, term: Word) -> list[tuple[float, BitMap]]:
    """How much it says that a car has the term, and which cars have it so; the best first."""
    levels = []
    for meaning in table.words.meanings(term):
        for weight, bitmaps in ((NAME_WEIGHT, table.words.names), (TEXT_WEIGHT, table.words.texts)):
            having = bitmaps.all(meaning.numbers)
            if having:
                levels.append((weight * meaning.closeness, BitMap.union(*having)))
    return sorted(levels, key=lambda level: -level[0])
