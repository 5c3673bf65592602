"""
Sets of slots as roaring bitmaps, many of them under whole numbers, read from a snapshot only when they are asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray
from pyroaring import BitMap

Slots = NDArray[np.uint32]
Integers = NDArray[np.int64]
Buffer = bytes | memoryview
Sections = dict[str, list[Buffer]]
"""What a snapshot holds, by name; each section in pieces."""
Stored = Mapping[str, memoryview]

SLICE = 500
"""Bitmaps that are captured before others get a turn."""


def bitmap_of(slots: NDArray[Any]) -> BitMap:
    """
    pyroaring takes the standard library's arrays ten times as fast as numpy's.

    Never run-length encoded: counting what two bitmaps share takes ten times as long where one of them is.
    """
    return BitMap(segment(slots), optimize=False)


def segment(slots: NDArray[Any]) -> array[int]:
    return array("I", np.ascontiguousarray(slots, dtype=np.uint32).tobytes())


def slots_of(bitmap: BitMap) -> Slots:
    """The slots in ascending order."""
    return np.frombuffer(bitmap.to_array(), dtype=np.uint32)


def groups(keys: NDArray[Any], slots: NDArray[Any]) -> Iterator[tuple[int, array[int]]]:
    """The slots of each key."""
    if not len(keys):
        return
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    sorted_slots = segment(slots[order])
    starts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    edges = [0, *starts.tolist(), len(ordered)]
    for key, start, end in zip(ordered[edges[:-1]].tolist(), edges, edges[1:], strict=False):
        yield key, sorted_slots[start:end]


def fitted(values: NDArray[Any], size: int) -> NDArray[Any]:
    """The array, grown to hold `size` rows at least; what is new is zero."""
    if size <= len(values):
        return values
    grown = np.zeros((max(size, len(values) * 3 // 2, 1024), *values.shape[1:]), dtype=values.dtype)
    grown[: len(values)] = values
    return grown


def stored_array(stored: Stored, name: str, dtype: Any) -> NDArray[Any]:
    """A copy that can be written to."""
    return np.frombuffer(stored[name], dtype=dtype).copy()


def bytes_of(values: NDArray[Any]) -> list[Buffer]:
    return [values.tobytes()]


@frozen
class _Shelf:
    """Serialised bitmaps in a snapshot."""

    keys: Integers
    offsets: Integers
    blob: memoryview

    def find(self, key: int) -> memoryview | None:
        at = int(np.searchsorted(self.keys, key))
        if at == len(self.keys) or self.keys[at] != key:
            return None
        return self.blob[self.offsets[at] : self.offsets[at + 1]]


@define
class Bitmaps:
    """A bitmap for each of some whole numbers."""

    _made: dict[int, BitMap] = field(factory=dict)
    _shelf: _Shelf | None = None
    _keys: Integers | None = None

    def find(self, key: int) -> BitMap | None:
        """The bitmap of the key, not to be altered; `None` if it never had one."""
        made = self._made.get(key)
        if made is None and self._shelf is not None:
            kept = self._shelf.find(key)
            if kept is not None:
                made = self._made[key] = BitMap.deserialize(bytes(kept))
        return made

    def all(self, keys: Integers | list[int]) -> list[BitMap]:
        """Those that there are."""
        return [made for key in keys if (made := self.find(int(key))) is not None]

    def add(self, keys: NDArray[Any], slots: NDArray[Any]) -> None:
        """Put each slot into the bitmap of its key."""
        for key, those in groups(keys, slots):
            made = self.find(key)
            if made is None:
                self._made[key] = BitMap(those, optimize=False)
                self._keys = None
            elif len(those) == 1:
                made.add(those[0])
            else:
                made.update(those)

    def discard(self, key: int, slot: int) -> None:
        made = self.find(key)
        if made is not None:
            made.discard(slot)

    @property
    def keys(self) -> Integers:
        """All keys in ascending order, also those whose bitmap has become empty."""
        if self._keys is None:
            made = np.fromiter(self._made, dtype=np.int64, count=len(self._made))
            self._keys = np.union1d(made, self._shelf.keys) if self._shelf else np.sort(made)
        return self._keys

    def capture(self, name: str, out: Sections) -> Iterator[None]:
        """Put all bitmaps into the sections, in slices."""
        keys = self.keys
        pieces: list[Buffer] = []
        for at, key in enumerate(keys.tolist()):
            made = self._made.get(key)
            kept = self._shelf.find(key) if made is None and self._shelf else None
            pieces.append(kept if kept is not None else made.serialize() if made is not None else b"")
            if at % SLICE == SLICE - 1:
                yield
        sizes = np.fromiter((len(piece) for piece in pieces), dtype=np.int64, count=len(pieces))
        out[f"{name}.keys"] = bytes_of(keys)
        out[f"{name}.offsets"] = bytes_of(np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]))
        out[f"{name}.blob"] = pieces
        yield

    @classmethod
    def restore(cls, name: str, stored: Stored) -> Bitmaps:
        keys = stored_array(stored, f"{name}.keys", np.int64)
        offsets = stored_array(stored, f"{name}.offsets", np.int64)
        return cls(shelf=_Shelf(keys, offsets, stored[f"{name}.blob"]))
