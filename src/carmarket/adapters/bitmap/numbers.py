"""
A number of each car: ranges by bucket bitmaps, order by buckets, single values by slot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from pyroaring import BitMap

from carmarket.adapters.bitmap.bits import (
    Bitmaps,
    Integers,
    Sections,
    Stored,
    bitmap_of,
    bytes_of,
    fitted,
    slots_of,
    stored_array,
)
from carmarket.core.search.query import LARGEST_NUMBER, Range

FEW = 60_000
"""Up to so many cars it is quicker to look at their values than to put bitmaps together."""
SIX_HOURS_MS = 6 * 3_600_000

Bucketing = Callable[[Integers], Integers]


def by_value(values: Integers) -> Integers:
    """A bucket a value: years."""
    return values


def by_magnitude(values: Integers) -> Integers:
    """Sixteen buckets an octave: prices, distances, power."""
    fraction, exponent = np.frexp(np.abs(values.astype(np.float64)))
    codes = exponent.astype(np.int64) * 16 + np.floor((fraction - 0.5) * 32).astype(np.int64)
    signed: Integers = np.where(values == 0, 0, np.sign(values) * codes)
    return signed


def by_time(values: Integers) -> Integers:
    """A bucket for every six hours of milliseconds."""
    return values // SIX_HOURS_MS


@define
class Numbers:
    """
    A column of 64 bit numbers; a car whose number is unknown is in no bucket.

    The bucketing never falls while values rise, so buckets have the order of their values.
    """

    bucketing: Bucketing
    values: Integers = field(factory=lambda: np.zeros(0, dtype=np.int64))
    known: BitMap = field(factory=BitMap)
    buckets: Bitmaps = field(factory=Bitmaps)

    def add(self, slots: NDArray[np.int64], values: Sequence[int | None]) -> None:
        """Take the cars' numbers in; their slots hold none yet."""
        if not len(slots):
            return
        self.values = fitted(self.values, int(slots.max()) + 1)
        told = np.fromiter((value is not None for value in values), dtype=bool, count=len(values))
        numbers = np.array([_clipped(value) for value in values if value is not None], dtype=np.int64)
        self.values[slots[told]] = numbers
        self.known |= bitmap_of(slots[told])
        self.buckets.add(self.bucketing(numbers), slots[told])

    def remove(self, slot: int) -> None:
        if slot in self.known:
            self.known.discard(slot)
            self.buckets.discard(self.bucket_of(int(self.values[slot])), slot)

    def bucket_of(self, value: int) -> int:
        return int(self.bucketing(np.array([_clipped(value)], dtype=np.int64))[0])

    def of(self, slots: NDArray[np.uint32]) -> Integers:
        """The numbers of cars that have one."""
        taken: Integers = self.values.take(slots)
        return taken

    def counts(self, hits: BitMap) -> list[tuple[str, int]]:
        """How many of the hits are in each bucket; for numbers that have a bucket each."""
        if len(hits) <= FEW:
            values, counts = np.unique(self.of(slots_of(hits & self.known)), return_counts=True)
            return list(zip(map(str, values.tolist()), counts.tolist(), strict=True))
        keys = self.buckets.keys.tolist()
        met = [(key, self.buckets.find(key)) for key in keys]
        return [(str(key), having.intersection_cardinality(hits)) for key, having in met if having is not None]

    def within(self, asked: Range, among: BitMap) -> BitMap:
        """Those of `among` whose number is known and lies in the range."""
        if len(among) <= FEW:
            return self._checked(among & self.known, asked)
        keys = self.buckets.keys
        first = 0 if asked.low is None else int(np.searchsorted(keys, self.bucket_of(asked.low)))
        end = len(keys) if asked.high is None else int(np.searchsorted(keys, self.bucket_of(asked.high), "right"))
        inner, edges = list(range(first, end)), set()
        if self.bucketing is not by_value:
            edges = {first} if asked.low is not None else set()
            edges |= {end - 1} if asked.high is not None else set()
        whole = self.buckets.all(keys[[at for at in inner if at not in edges]])
        found = BitMap.union(*whole) & among if whole else BitMap()
        for edge in self.buckets.all(keys[[at for at in inner if at in edges]]):
            found |= self._checked(edge & among, asked)
        return found

    def _checked(self, candidates: BitMap, asked: Range) -> BitMap:
        slots = slots_of(candidates)
        values = self.of(slots)
        holds = np.ones(len(slots), dtype=bool)
        if asked.low is not None:
            holds &= values >= asked.low
        if asked.high is not None:
            holds &= values <= asked.high
        return bitmap_of(slots[holds])

    def capture(self, name: str, out: Sections) -> Iterator[None]:
        out[f"{name}.values"] = bytes_of(self.values)
        out[f"{name}.known"] = [self.known.serialize()]
        yield
        yield from self.buckets.capture(f"{name}.buckets", out)

    @classmethod
    def restore(cls, name: str, stored: Stored, bucketing: Bucketing) -> Numbers:
        return cls(
            bucketing=bucketing,
            values=stored_array(stored, f"{name}.values", np.int64),
            known=BitMap.deserialize(bytes(stored[f"{name}.known"])),
            buckets=Bitmaps.restore(f"{name}.buckets", stored),
        )


def _clipped(value: int) -> int:
    """What no range can tell apart is one."""
    return max(-LARGEST_NUMBER, min(value, LARGEST_NUMBER))
