"""
Where cars stand: a bitmap a cell of one degree, and the exact point of each car.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, degrees, radians

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


def _empty() -> Degrees:
    return np.zeros(0, dtype=np.float64)


@define
class Places:
    """A car without a point is in no cell."""

    latitudes: Degrees = field(factory=_empty)
    longitudes: Degrees = field(factory=_empty)
    known: BitMap = field(factory=BitMap)
    _cells: Bitmaps = field(factory=Bitmaps)

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
        """Those of `among` that stand within the radius."""
        candidates = slots_of(self._about(near) & among)
        far = self.distances(near.point, candidates)
        close = far <= near.radius_m
        for at in np.flatnonzero(np.abs(far - near.radius_m) < EDGE_M).tolist():
            close[at] = near.point.distance_m(self.point(int(candidates[at]))) <= near.radius_m
        return bitmap_of(candidates[close])

    def point(self, slot: int) -> Point:
        return Point(float(self.latitudes[slot]), float(self.longitudes[slot]))

    def distances(self, point: Point, slots: Slots) -> Degrees:
        """Metres by the haversine formula, but for the last digits what the core computes."""
        latitudes, longitudes = np.radians(self.latitudes[slots]), self.longitudes[slots]
        here = radians(point.latitude)
        half_lat = (latitudes - here) / 2
        half_lon = np.radians(longitudes - point.longitude) / 2
        chord = np.sin(half_lat) ** 2 + cos(here) * np.cos(latitudes) * np.sin(half_lon) ** 2
        metres: Degrees = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
        return metres

    def _about(self, near: Near) -> BitMap:
        """The cars of all cells that the circle may touch."""
        reach = degrees(near.radius_m / EARTH_RADIUS_M) + 1e-6
        south, north = near.point.latitude - reach, near.point.latitude + reach
        if south <= -89 or north >= 89:
            return self.known
        wide = reach / cos(radians(max(abs(south), abs(north))))
        if wide >= 179:
            return self.known
        west, east = int(np.floor(near.point.longitude - wide)), int(np.floor(near.point.longitude + wide))
        keys = [
            (int(latitude) + 90) * ROW + (longitude + 180) % 360
            for latitude in range(int(np.floor(south)), int(np.floor(north)) + 1)
            for longitude in range(west, east + 1)
        ]
        found = self._cells.all(keys)
        return BitMap.union(*found) if found else BitMap()

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


def _cell(latitudes: Degrees, longitudes: Degrees) -> Integers:
    """Rows from south to north; the 180th meridian east is the one west."""
    east = (np.floor(longitudes).astype(np.int64) + 180) % 360
    cells: Integers = (np.floor(latitudes).astype(np.int64) + 90) * ROW + east
    return cells
