"""
Pages by relevance, and the views that they walk through.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from pyroaring import BitMap

from carmarket.adapters.bitmap.bits import Slots, bitmap_of, slots_of
from carmarket.adapters.bitmap.scoring import Scores, best_of, classes_of, scores
from carmarket.adapters.bitmap.table import Table
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import CursorExpiredError
from carmarket.core.period import milliseconds
from carmarket.core.search.page import Cursor
from carmarket.core.search.query import SearchQuery

VIEWS_KEPT = 100
CARS_KEPT = 5_000_000
"""In all views together."""
FEW = 2_000
"""So many cars are put in order at once."""
AT_FIRST = 500
"""Of more than that so many are put in order when the view is opened; who pages on has all of them ordered."""


@define
class View:
    """The found cars of one moment; those in `slots` are in order, the others come behind them."""

    table: Table
    query: SearchQuery
    now: datetime
    found: BitMap
    slots: Slots

    def order_all(self) -> None:
        """Put the others in order too. What has been shown stays where it is."""
        rest = slots_of(self.found - bitmap_of(self.slots))
        points = scores(self.table, self.query.terms, self.found, rest, self.now)
        self.slots = np.concatenate([self.slots, _ordered(self.table, rest, points)])


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
        while start < len(view.found) and len(shown) <= limit:
            if start >= len(view.slots):
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

    def clear(self) -> None:
        """Forget all; their cursors are not given out again, for views are numbered."""
        self._views.clear()

    def _open(self, table: Table, query: SearchQuery, found: BitMap, now: datetime) -> str:
        self._made += 1
        name = f"{self._made}-{milliseconds(now)}"
        self._views[name] = View(table, query, now, found.copy(), _best(table, query, found, now))
        kept = sum(len(one.found) for one in self._views.values())
        while len(self._views) > 1 and (len(self._views) > VIEWS_KEPT or kept > CARS_KEPT):
            kept -= len(self._views.popitem(last=False)[1].found)
        return name


def _best(table: Table, query: SearchQuery, found: BitMap, now: datetime) -> Slots:
    """The best of the found cars in order, or all of them where they are few."""
    classes = classes_of(table, query.terms, found) if len(found) > FEW else None
    if classes is None:
        slots = slots_of(found)
        return _ordered(table, slots, scores(table, query.terms, found, slots, now))
    slots, points = best_of(table, classes, AT_FIRST, now)
    return _ordered(table, slots, points)


def _ordered(table: Table, slots: Slots, points: Scores) -> Slots:
    low, high = _ids(table, slots)
    ordered: Slots = slots[np.lexsort((low, high, -points))]
    return ordered


def _ids(table: Table, slots: Slots) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    return table.cars.low[slots], table.cars.high[slots]
