"""
Where cars stand: a bitmap a cell of one degree, and the exact point of each car.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, radians

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from pyroaring import BitMap

from carmarket.adapters.bitmap.bits import (
    Bitmaps,
    Integers,
    Sections,
    Slots,
    Stored,
    bitmap_of,
    bytes_of,
    fitted,
    slots_of,
    stored_array,
)
from carmarket.core.place import EARTH_RADIUS_M, Point
from carmarket.core.search.query import Near

Degrees = NDArray[np.float64]
ROW = 361
EDGE_M = 0.01
"""So close to the edge the core's own arithmetic decides."""
REACH_M = EARTH_RADIUS_M * radians(0.7072)
"""No point of a cell is farther from its middle: half the diagonal of a square degree at the equator."""
RING = 1_000
"""Cars that are ordered at once, at least."""


def _empty() -> Degrees:
    return np.zeros(0, dtype=np.float64)


@define
class Places:
    """A car without a point is in no cell."""

    latitudes: Degrees = field(factory=_empty)
    longitudes: Degrees = field(factory=_empty)
    known: BitMap = field(factory=BitMap)
    _cells: Bitmaps = field(factory=Bitmaps)
    _centres: tuple[Degrees, Degrees] | None = None
    """Latitudes and longitudes of the middles of the cells."""

    def add(self, slots: NDArray[np.int64], points: list[Point]) -> None:
        """Take in where cars stand; their slots hold nothing yet."""
        if not points:
            return
        size = int(slots.max()) + 1
        self.latitudes, self.longitudes = fitted(self.latitudes, size), fitted(self.longitudes, size)
        self.latitudes[slots] = [point.latitude for point in points]
        self.longitudes[slots] = [point.longitude for point in points]
        self.known |= bitmap_of(slots)
        self._cells.add(_cell(self.latitudes[slots], self.longitudes[slots]), slots)

    def remove(self, slot: int) -> None:
        if slot in self.known:
            self.known.discard(slot)
            cell = _cell(self.latitudes[slot : slot + 1], self.longitudes[slot : slot + 1])
            self._cells.discard(int(cell[0]), slot)

    def within(self, near: Near, among: BitMap) -> BitMap:
        """Those of `among` that stand within the radius; only at its edge they are looked at one by one."""
        keys, middles = self._middles(near.point)
        inside = self._cells.all(keys[middles <= near.radius_m - REACH_M])
        edge = self._cells.all(keys[np.abs(middles - near.radius_m) <= REACH_M])
        candidates = slots_of(BitMap.union(BitMap(), *edge) & among)
        far = self.distances(near.point, candidates)
        close = far <= near.radius_m
        for at in np.flatnonzero(np.abs(far - near.radius_m) < EDGE_M).tolist():
            close[at] = near.point.distance_m(self.point(int(candidates[at]))) <= near.radius_m
        return (BitMap.union(BitMap(), *inside) & among) | bitmap_of(candidates[close])

    def outwards(self, point: Point, among: BitMap, beyond: float) -> Iterator[tuple[Slots, Degrees]]:
        """
        Those of `among` that have a place, with their metres from the point, in rings: the nearest ring first.

        Rings that lie within `beyond` metres are left out.
        """
        keys, middles = self._middles(point)
        order = np.argsort(middles)
        order = order[middles[order] + REACH_M >= beyond]
        keys, least = keys[order], middles[order] - REACH_M
        slots, metres = slots_of(BitMap()), _empty()
        for at, key in enumerate(keys.tolist()):
            cell = self._cells.find(key)
            fresh = slots_of(cell & among) if cell is not None else slots_of(BitMap())
            slots = np.concatenate([slots, fresh])
            metres = np.concatenate([metres, self.distances(point, fresh)])
            # Whole metres, for two cars of one metre belong into one ring.
            edge = np.floor(least[at + 1]) if at + 1 < len(least) else np.inf
            near = metres < edge
            if (len(slots) >= RING and near.any()) or edge == np.inf:
                yield slots[near], metres[near]
                slots, metres = slots[~near], metres[~near]

    def point(self, slot: int) -> Point:
        return Point(float(self.latitudes[slot]), float(self.longitudes[slot]))

    def distances(self, point: Point, slots: Slots) -> Degrees:
        """Metres by the haversine formula, but for the last digits what the core computes."""
        return _haversine(point, self.latitudes[slots], self.longitudes[slots])

    def _middles(self, point: Point) -> tuple[Integers, Degrees]:
        """The cells that there are, and how far the middle of each is from the point, in metres."""
        keys = self._cells.keys
        if self._centres is None or len(self._centres[0]) != len(keys):
            rows, columns = (keys // ROW).astype(np.float64), (keys % ROW).astype(np.float64)
            self._centres = np.minimum(rows - 89.5, 90.0), columns - 179.5
        latitudes, longitudes = self._centres
        return keys, _haversine(point, latitudes, longitudes)

    def capture(self, name: str, out: Sections) -> Iterator[None]:
        out[f"{name}.latitudes"], out[f"{name}.longitudes"] = bytes_of(self.latitudes), bytes_of(self.longitudes)
        out[f"{name}.known"] = [self.known.serialize()]
        yield
        yield from self._cells.capture(f"{name}.cells", out)

    @classmethod
    def restore(cls, name: str, stored: Stored) -> Places:
        return cls(
            latitudes=stored_array(stored, f"{name}.latitudes", np.float64),
            longitudes=stored_array(stored, f"{name}.longitudes", np.float64),
            known=BitMap.deserialize(bytes(stored[f"{name}.known"])),
            cells=Bitmaps.restore(f"{name}.cells", stored),
        )


def _haversine(point: Point, latitudes: Degrees, longitudes: Degrees) -> Degrees:
    radian_latitudes = np.radians(latitudes)
    here = radians(point.latitude)
    half_lat = (radian_latitudes - here) / 2
    half_lon = np.radians(longitudes - point.longitude) / 2
    chord = np.sin(half_lat) ** 2 + cos(here) * np.cos(radian_latitudes) * np.sin(half_lon) ** 2
    metres: Degrees = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
    return metres


def _cell(latitudes: Degrees, longitudes: Degrees) -> Integers:
    """Rows from south to north; the 180th meridian east is the one west."""
    east = (np.floor(longitudes).astype(np.int64) + 180) % 360
    cells: Integers = (np.floor(latitudes).astype(np.int64) + 90) * ROW + east
    return cells
