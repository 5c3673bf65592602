"""
Pages in the order of a number: only as many cars are looked at as the page needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from pyroaring import BitMap

from carmarket.adapters.bitmap.bits import Integers, Slots, slots_of
from carmarket.adapters.bitmap.numbers import Numbers
from carmarket.adapters.bitmap.table import Table
from carmarket.core.catalog.car import CarId
from carmarket.core.search.page import Cursor
from carmarket.core.search.query import Near, SearchQuery, Sort

COLUMNS: Mapping[Sort, tuple[str, int]] = {
    Sort.PRICE: ("price", 1),
    Sort.PRICE_DESCENDING: ("price", -1),
    Sort.YEAR: ("year", 1),
    Sort.YEAR_DESCENDING: ("year", -1),
    Sort.ODOMETER: ("odometer", 1),
    Sort.ODOMETER_DESCENDING: ("odometer", -1),
    Sort.NEWEST: ("published", -1),
}
"""The column of a sort, and whether its largest come first."""
FEW = 4_000
"""So many cars are ordered at once."""


@frozen
class Ranked:
    """A car and what it is ordered by."""

    slot: int
    cursor: Cursor


def ranked(table: Table, query: SearchQuery, found: BitMap, after: Cursor | None, count: int) -> list[Ranked]:
    """The next `count` of the found cars behind `after`: by their number, then unknown ones, equals by id."""
    if query.sort is Sort.DISTANCE:
        assert query.near is not None
        known = found & table.places.known
        pieces = _by_distance(table, query.near, known, after)
    else:
        name, sign = COLUMNS[query.sort]
        column = table.numbers[name]
        known = found & column.known
        pieces = _by_number(column, known, sign, after)
    taken: list[Ranked] = []
    if after is None or not after.is_unknown:
        for slots, keys in pieces:
            taken += _first(table, slots, keys, after, count - len(taken), is_unknown=False)
            if len(taken) >= count:
                return taken
    slots = slots_of(found - known)
    behind = after if after is not None and after.is_unknown else None
    return taken + _first(table, slots, np.zeros(len(slots), np.int64), behind, count - len(taken), is_unknown=True)


def _by_number(column: Numbers, known: BitMap, sign: int, after: Cursor | None) -> Iterator[tuple[Slots, Integers]]:
    """The cars in pieces whose order is the order of their keys."""
    if len(known) <= FEW:
        slots = slots_of(known)
        yield slots, sign * column.of(slots)
        return
    keys = column.buckets.keys[::sign]
    if after is not None:
        first = column.bucket_of(sign * after.value)
        keys = keys[np.searchsorted(sign * keys, sign * first) :]
    for key in keys.tolist():
        bucket = column.buckets.find(key)
        slots = slots_of(bucket & known) if bucket is not None else np.zeros(0, np.uint32)
        if len(slots):
            yield slots, sign * column.of(slots)


def _by_distance(table: Table, near: Near, known: BitMap, after: Cursor | None) -> Iterator[tuple[Slots, Integers]]:
    """By whole metres as the core has them: numpy's last digit decides nothing. Many cars come in rings."""
    beyond = after.value if after is not None else 0
    rings = table.places.outwards(near.point, known, beyond)
    if len(known) <= FEW:
        slots = slots_of(known)
        rings = iter([(slots, table.places.distances(near.point, slots))])
    for slots, metres in rings:
        keys = metres.astype(np.int64)
        for at in np.flatnonzero(np.abs(metres - np.round(metres)) < 1e-4).tolist():
            keys[at] = int(near.point.distance_m(table.places.point(int(slots[at]))))
        yield slots, keys


def _first(
    table: Table, slots: Slots, keys: Integers, after: Cursor | None, count: int, *, is_unknown: bool
) -> list[Ranked]:
    """The first `count` behind the cursor, by key and then by id."""
    high, low = table.cars.high[slots], table.cars.low[slots]
    if after is not None:
        behind = (keys > after.value) | ((keys == after.value) & _later(high, low, after.car_id))
        slots, keys, high, low = slots[behind], keys[behind], high[behind], low[behind]
    if len(slots) > FEW:
        kept = _about_first(keys, high, count)
        slots, keys, high, low = slots[kept], keys[kept], high[kept], low[kept]
    order = np.lexsort((low, high, keys))[:count]
    return [
        Ranked(slot, Cursor(value=key, car_id=CarId(table.cars.id_at(slot)), is_unknown=is_unknown))
        for slot, key in zip(slots[order].tolist(), keys[order].tolist(), strict=True)
    ]


def _later(high: NDArray[np.uint64], low: NDArray[np.uint64], car_id: UUID) -> NDArray[np.bool_]:
    """Which ids sort behind the given one."""
    top, bottom = np.uint64(car_id.int >> 64), np.uint64(car_id.int & (2**64 - 1))
    later: NDArray[np.bool_] = (high > top) | ((high == top) & (low > bottom))
    return later


def _about_first(keys: Integers, high: NDArray[np.uint64], count: int) -> NDArray[np.bool_]:
    """All that can be among the first `count`, and few others."""
    last = np.partition(keys, count - 1)[count - 1]
    kept: NDArray[np.bool_] = keys < last
    ties = np.flatnonzero(keys == last)
    need = count - int(kept.sum())
    if len(ties) > FEW:
        ties = ties[high[ties] <= np.partition(high[ties], need - 1)[need - 1]]
    kept[ties] = True
    return kept
