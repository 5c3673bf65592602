"""
A field of a few values: a bitmap a value, and for fields of many values also the value of each car.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import heapify, heappushpop

import msgspec
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
    bytes_of,
    fitted,
    stored_array,
)
from carmarket.core.search.facets import MOST_VALUES

STALE = 10_000
"""After so many additions the values are sorted by size again."""
HITS_A_VALUE = 200
"""Counting so many hits by slot takes as long as one meeting of bitmaps."""
FEW_VALUES = 7
"""The same in values, where hits are sparse: roaring then looks them up one by one at every meeting."""
SPARSE = 16
"""One hit in so many cars, or less."""


@define
class Choices:
    """Values get numbers as they come; a car may have several of them, or, where `single`, one at most."""

    single: bool = True
    _numbers: dict[str, int] = field(factory=dict)
    _texts: list[str] = field(factory=list)
    _bitmaps: Bitmaps = field(factory=Bitmaps)
    _codes: Integers = field(factory=lambda: np.zeros(0, dtype=np.int64))
    """Of each slot the number of its value, plus one; only where cars have one value at most."""
    _by_size: list[tuple[int, int]] = field(factory=list)
    _grown: int = STALE

    def number(self, value: str) -> int:
        known = self._numbers.get(value)
        if known is None:
            known = self._numbers[value] = len(self._texts)
            self._texts.append(str(value))
        return known

    def add(self, slots: NDArray[np.int64], values: list[int]) -> None:
        """Take in slots with the numbers of their values, side by side."""
        if not values:
            return
        numbers = np.array(values, dtype=np.int64)
        self._bitmaps.add(numbers, slots)
        self._grown += len(values)
        if self.single:
            self._codes = fitted(self._codes, int(slots.max()) + 1)
            self._codes[slots] = numbers + 1

    def remove(self, slot: int, values: Collection[str]) -> None:
        for value in values:
            self._bitmaps.discard(self._numbers[value], slot)
        if self.single and values:
            self._codes[slot] = 0

    def any_of(self, values: Collection[str]) -> BitMap:
        return BitMap.union(BitMap(), *self._each(values))

    def all_of(self, values: Collection[str]) -> BitMap | None:
        """`None` if some value is unheard of."""
        each = self._each(values)
        return BitMap.intersection(*each) if len(each) == len(values) else None

    def counts(self, hits: BitMap, slots: Slots) -> list[tuple[str, int]]:
        """How many of the hits have each value; at least the hundred most frequent ones of them."""
        if self.single and self._are_counted_by_slot(len(slots)):
            self._codes = fitted(self._codes, int(slots[-1]) + 1 if len(slots) else 0)
            counted = np.bincount(self._codes.take(slots), minlength=1)[1:]
            return [(self._texts[at], int(counted[at])) for at in np.flatnonzero(counted).tolist()]
        if len(self._texts) <= MOST_VALUES:
            return [(text, self._met(number, hits)) for number, text in enumerate(self._texts)]
        return self._most_frequent(hits)

    def _are_counted_by_slot(self, hits: int) -> bool:
        """Whether that is quicker than a meeting of bitmaps a value."""
        is_sparse = hits * SPARSE < len(self._codes)
        return hits < HITS_A_VALUE * len(self._texts) or (is_sparse and len(self._texts) >= FEW_VALUES)

    def _most_frequent(self, hits: BitMap) -> list[tuple[str, int]]:
        """The largest values first, until no other can be among the hundred any more."""
        if self._grown >= STALE or len(self._by_size) < len(self._texts):
            sizes = [(len(self._bitmaps.find(number) or ()), number) for number in range(len(self._texts))]
            self._by_size, self._grown = sorted(sizes, reverse=True), 0
        best, counted = [0] * MOST_VALUES, []
        heapify(best)
        for size, number in self._by_size:
            if size + self._grown < best[0]:
                break
            count = self._met(number, hits)
            counted.append((self._texts[number], count))
            heappushpop(best, count)
        return counted

    def _met(self, number: int, hits: BitMap) -> int:
        having = self._bitmaps.find(number)
        return 0 if having is None else int(having.intersection_cardinality(hits))

    def _each(self, values: Collection[str]) -> list[BitMap]:
        numbers = [number for value in values if (number := self._numbers.get(value)) is not None]
        return self._bitmaps.all(numbers)

    def capture(self, name: str, out: Sections) -> Iterator[None]:
        out[f"{name}.texts"] = [msgspec.msgpack.encode(self._texts)]
        out[f"{name}.codes"] = bytes_of(self._codes)
        yield from self._bitmaps.capture(name, out)

    @classmethod
    def restore(cls, name: str, stored: Stored, *, single: bool) -> Choices:
        texts = msgspec.msgpack.decode(stored[f"{name}.texts"], type=list[str])
        return cls(
            single=single,
            numbers={text: number for number, text in enumerate(texts)},
            texts=texts,
            bitmaps=Bitmaps.restore(name, stored),
            codes=stored_array(stored, f"{name}.codes", np.int64),
        )
