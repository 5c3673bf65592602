"""
Pages by relevance: the core's weights for all found cars at once, and the views that pages walk through.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from pyroaring import BitMap

from carmarket.adapters.bitmap.bits import Slots, slots_of
from carmarket.adapters.bitmap.table import Table
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import CursorExpiredError
from carmarket.core.period import milliseconds
from carmarket.core.search.document import FACTS_OF_A_COMPLETE_LISTING
from carmarket.core.search.page import Cursor
from carmarket.core.search.query import SearchQuery
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
VIEWS_KEPT = 100
CARS_KEPT = 5_000_000
"""In all views together."""
DAY_MS = 86_400_000
FEW = 20_000
SAMPLE = 2_048
AT_FIRST = 500
"""So many of a view's best cars are put in order when it is opened; who pages on has all of them ordered."""


@define
class View:
    """The found cars of one moment; the first `ordered` of them are in order."""

    table: Table
    query: SearchQuery
    slots: Slots
    scores: Scores
    ordered: int

    def order_all(self) -> None:
        order = np.lexsort((*_ids(self.table, self.slots), -self.scores))
        self.slots, self.scores, self.ordered = self.slots[order], self.scores[order], len(self.slots)


@define
class Views:
    """The newest views; what is gone is a CursorExpiredError."""

    _views: OrderedDict[str, View] = field(factory=OrderedDict)
    _made: int = 0

    def page(
        self, table: Table, query: SearchQuery, found: BitMap, *, now: datetime, after: Cursor | None, limit: int
    ) -> tuple[list[int], Cursor | None]:
        """The next slots of the view that are still found, and where the page behind begins."""
        name = after.view if after else self._open(table, query, found, now)
        view = self._views.get(name or "")
        if name is None or view is None or view.query != query or view.table is not table:
            raise CursorExpiredError("This search is no longer kept; begin again.", field="cursor", value=name)
        self._views.move_to_end(name)
        start = after.value if after else 0
        shown: list[tuple[int, int]] = []
        while start < len(view.slots) and len(shown) <= limit:
            if start >= view.ordered:
                view.order_all()
            slot = int(view.slots[start])
            start += 1
            if slot in found:
                shown.append((start, slot))
        if len(shown) <= limit:
            return [slot for _, slot in shown], None
        place, last = shown[limit - 1]
        cursor = Cursor(value=place, car_id=CarId(table.cars.id_at(last)), view=name)
        return [slot for _, slot in shown[:limit]], cursor

    def _open(self, table: Table, query: SearchQuery, found: BitMap, now: datetime) -> str:
        slots = slots_of(found).copy()
        view = View(table, query, slots, scores(table, query.terms, found, slots, now), 0)
        _order_best(view)
        self._made += 1
        name = f"{self._made}-{milliseconds(now)}"
        self._views[name] = view
        kept = sum(len(one.slots) for one in self._views.values())
        while len(self._views) > 1 and (len(self._views) > VIEWS_KEPT or kept > CARS_KEPT):
            kept -= len(self._views.popitem(last=False)[1].slots)
        return name


def scores(table: Table, terms: Sequence[Word], found: BitMap, slots: Slots, now: datetime) -> Scores:
    """`core/search/relevance.py` for many cars at once, in single precision."""
    published = table.numbers["published"].of(slots)
    age = np.maximum(0, milliseconds(now) - published).astype(np.float32) / np.float32(DAY_MS)
    total: Scores = np.exp2(age / np.float32(-FRESHNESS_HALF_LIFE_DAYS)) * np.float32(FRESHNESS_WEIGHT)
    total += table.completeness[slots] * np.float32(COMPLETENESS_WEIGHT / FACTS_OF_A_COMPLETE_LISTING)
    weights = np.zeros(table.cars.count, dtype=np.float32)
    for term in terms:
        having = table.words.find(term)
        weight = rarity(len(having), len(table.live))
        for closeness, cars in reversed(_levels(table, term)):
            weights[slots_of(cars & found)] = closeness * weight
        total += weights[slots]
    return total


def _levels(table: Table, term: Word) -> list[tuple[float, BitMap]]:
    """How much it says that a car has the term, and which cars have it so; the best first."""
    levels = []
    for meaning in table.words.meanings(term):
        for weight, bitmaps in ((NAME_WEIGHT, table.words.names), (TEXT_WEIGHT, table.words.texts)):
            having = bitmaps.all(meaning.numbers)
            if having:
                levels.append((weight * meaning.closeness, BitMap.union(*having)))
    return sorted(levels, key=lambda level: -level[0])


def _order_best(view: View) -> None:
    """Bring the best to the front, in order, without ordering all."""
    if len(view.slots) <= FEW:
        view.order_all()
        return
    step = max(1, len(view.slots) // SAMPLE)
    sample = view.scores[::step]
    rank = min(len(sample) - 1, 2 * AT_FIRST // step + 8)
    bound = -np.partition(-sample, rank)[rank]
    best = view.scores >= bound
    chosen = np.flatnonzero(best)
    order = chosen[np.lexsort((*_ids(view.table, view.slots[chosen]), -view.scores[chosen]))]
    rest = np.flatnonzero(~best)
    view.slots = np.concatenate([view.slots[order], view.slots[rest]])
    view.scores = np.concatenate([view.scores[order], view.scores[rest]])
    view.ordered = len(order)


def _ids(table: Table, slots: Slots) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    return table.cars.low[slots], table.cars.high[slots]
