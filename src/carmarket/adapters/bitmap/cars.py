"""
Which car has which slot, and the bytes that are kept of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from carmarket.adapters.bitmap.bits import Buffer, Integers, Sections, Slots, Stored, bytes_of, fitted, stored_array

Words64 = NDArray[np.uint64]
HALF = 2**64 - 1
SLICE = 5_000


def _halves() -> Words64:
    return np.zeros(0, dtype=np.uint64)


@define
class Cars:
    """
    A car keeps its slot for ever. Ids are two columns of 64 bits, whose order is the order of the ids.

    Those from a snapshot are found by bisection over the exclusive or of their halves, newer ones in a dictionary.
    """

    count: int = 0
    high: Words64 = field(factory=_halves)
    low: Words64 = field(factory=_halves)
    _fresh: dict[int, int] = field(factory=dict)
    _keys: Words64 = field(factory=_halves)
    _order: Slots = field(factory=lambda: np.zeros(0, dtype=np.uint32))

    def find(self, car_id: UUID) -> int | None:
        number = car_id.int
        slot = self._fresh.get(number)
        if slot is not None or not len(self._keys):
            return slot
        high, low = number >> 64, number & HALF
        at = int(np.searchsorted(self._keys, np.uint64(high ^ low)))
        while at < len(self._keys) and int(self._keys[at]) == high ^ low:
            slot = int(self._order[at])
            if int(self.high[slot]) == high and int(self.low[slot]) == low:
                return slot
            at += 1
        return None

    def add(self, car_id: UUID) -> int:
        """A slot for a car that has none."""
        slot = self.count
        self.count += 1
        self.high, self.low = fitted(self.high, self.count), fitted(self.low, self.count)
        self.high[slot], self.low[slot] = car_id.int >> 64, car_id.int & HALF
        self._fresh[car_id.int] = slot
        return slot

    def id_at(self, slot: int) -> UUID:
        return UUID(int=int(self.high[slot]) << 64 | int(self.low[slot]))

    def capture(self, name: str, out: Sections) -> Iterator[None]:
        high, low = self.high[: self.count].copy(), self.low[: self.count].copy()
        out[f"{name}.high"], out[f"{name}.low"] = bytes_of(high), bytes_of(low)
        yield
        keys = high ^ low
        order = np.argsort(keys, kind="stable").astype(np.uint32)
        out[f"{name}.keys"], out[f"{name}.order"] = bytes_of(keys[order]), bytes_of(order)
        yield

    @classmethod
    def restore(cls, name: str, stored: Stored) -> Cars:
        high = stored_array(stored, f"{name}.high", np.uint64)
        return cls(
            count=len(high),
            high=high,
            low=stored_array(stored, f"{name}.low", np.uint64),
            keys=np.frombuffer(stored[f"{name}.keys"], dtype=np.uint64),
            order=np.frombuffer(stored[f"{name}.order"], dtype=np.uint32),
        )


@define
class Payloads:
    """Bytes of slots: those of a snapshot stay in its file until they are asked for."""

    _fresh: dict[int, bytes | None] = field(factory=dict)
    _offsets: Integers = field(factory=lambda: np.zeros(1, dtype=np.int64))
    _blob: memoryview = field(factory=lambda: memoryview(b""))

    def get(self, slot: int) -> Buffer | None:
        if slot in self._fresh:
            return self._fresh[slot]
        if slot + 1 >= len(self._offsets):
            return None
        start, end = int(self._offsets[slot]), int(self._offsets[slot + 1])
        return self._blob[start:end] if end > start else None

    def put(self, slot: int, data: bytes | None) -> None:
        self._fresh[slot] = data

    def capture(self, name: str, count: int, out: Sections) -> Iterator[None]:
        """In slices; the pieces are the very bytes that are kept, so nothing is copied."""
        sizes = np.zeros(count + 1, dtype=np.int64)
        pieces: list[Buffer] = []
        for start in range(0, count, SLICE):
            for slot in range(start, min(start + SLICE, count)):
                data = self.get(slot)
                if data is not None:
                    pieces.append(data)
                    sizes[slot + 1] = len(data)
            yield
        out[f"{name}.offsets"] = bytes_of(np.cumsum(sizes))
        out[f"{name}.blob"] = pieces
        yield

    @classmethod
    def restore(cls, name: str, stored: Stored) -> Payloads:
        return cls(offsets=np.frombuffer(stored[f"{name}.offsets"], dtype=np.int64), blob=stored[f"{name}.blob"])
