"""
The words of all cars: who has them, and which of them a prefix or a misspelt word means.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterator, Sequence

import msgspec
import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from pyroaring import BitMap

from carmarket.adapters.bitmap.alignment import distances
from carmarket.adapters.bitmap.bits import Bitmaps, Integers, Sections, Stored, fitted
from carmarket.core.search.relevance import EXACT_WEIGHT, PREFIX_WEIGHT, TYPO_WEIGHTS
from carmarket.core.search.words import Word, WordKind, typo_distance

MANY = 100
"""So many new words are sorted in at once."""
BITS = 64


@define
class Meaning:
    """Numbers of words that a word of a query may mean, all as close to it."""

    closeness: float
    numbers: Integers


@define
class Words:
    """
    Words get numbers as they come, and keep them.

    A misspelt word is sought among words of about its length whose letters differ little: a letter too many changes
    one bit of a mask of letters, a wrong one two.
    """

    names: Bitmaps = field(factory=Bitmaps)
    """Of each word the cars that have it in make, model or trim."""
    texts: Bitmaps = field(factory=Bitmaps)
    _numbers: dict[str, int] = field(factory=dict)
    _words: list[str] = field(factory=list)
    _sorted: list[str] = field(factory=list)
    _lengths: Integers = field(factory=lambda: np.zeros(0, dtype=np.int64))
    _masks: NDArray[np.uint64] = field(factory=lambda: np.zeros(0, dtype=np.uint64))
    _meant: dict[Word, tuple[Meaning, ...]] = field(factory=dict)
    _found: dict[Word, BitMap] = field(factory=dict)

    def numbers_of(self, words: Collection[str]) -> list[int]:
        """The numbers of words, of which some may be new."""
        fresh = [word for word in words if word not in self._numbers]
        if fresh:
            self._learn(fresh)
        return [self._numbers[word] for word in words]

    def changed(self) -> None:
        """Cars have got or lost words."""
        self._found.clear()

    def find(self, word: Word) -> BitMap:
        """The cars that have what the word means; not to be altered."""
        found = self._found.get(word)
        if found is None:
            having = [
                bitmap
                for meaning in self.meanings(word)
                for bitmap in (*self.names.all(meaning.numbers), *self.texts.all(meaning.numbers))
            ]
            found = self._found[word] = BitMap.union(*having) if having else BitMap()
        return found

    def meanings(self, word: Word) -> Sequence[Meaning]:
        """The closest first; no word is in two of them."""
        meant = self._meant.get(word)
        if meant is None:
            meant = self._meant[word] = tuple(one for one in self._meanings(word) if len(one.numbers))
        return meant

    def is_known(self, text: str) -> bool:
        """Whether some car has the word."""
        number = self._numbers.get(text)
        return number is not None and self._is_used(number)

    def begins(self, text: str) -> bool:
        """Whether some car has a word that begins so."""
        return any(self._is_used(self._numbers[word]) for word in self._beginning(text))

    def _is_used(self, number: int) -> bool:
        return bool(self.names.find(number)) or bool(self.texts.find(number))

    def _meanings(self, word: Word) -> Iterator[Meaning]:
        exact = self._numbers.get(word.text)
        if exact is not None:
            yield Meaning(EXACT_WEIGHT, np.array([exact], dtype=np.int64))
        if word.kind is WordKind.PREFIX:
            numbers = [self._numbers[one] for one in self._beginning(word.text) if one != word.text]
            yield Meaning(PREFIX_WEIGHT, np.array(numbers, dtype=np.int64))
        elif word.kind is WordKind.FUZZY:
            most = typo_distance(word.text)
            candidates = self._alike(word.text, most)
            slips = distances(word.text, [self._words[number] for number in candidates.tolist()])
            for count in range(1, most + 1):
                yield Meaning(TYPO_WEIGHTS[count], candidates[slips == count])

    def _beginning(self, text: str) -> Iterator[str]:
        at = bisect_left(self._sorted, text)
        while at < len(self._sorted) and self._sorted[at].startswith(text):
            yield self._sorted[at]
            at += 1

    def _alike(self, text: str, most: int) -> Integers:
        """Numbers of words that may be within so many slips."""
        count = len(self._words)
        near = np.abs(self._lengths[:count] - len(text)) <= most
        near &= np.bitwise_count(self._masks[:count] ^ _mask(text)) <= 2 * most
        numbers: Integers = np.flatnonzero(near)
        return numbers

    def _learn(self, fresh: list[str]) -> None:
        start = len(self._words)
        for number, word in enumerate(fresh, start):
            self._numbers[word] = number
        self._words += fresh
        self._lengths, self._masks = fitted(self._lengths, len(self._words)), fitted(self._masks, len(self._words))
        self._lengths[start : len(self._words)] = [len(word) for word in fresh]
        self._masks[start : len(self._words)] = [_mask(word) for word in fresh]
        if len(fresh) > MANY:
            self._sorted += fresh
            self._sorted.sort()
        else:
            for word in fresh:
                insort(self._sorted, word)
        self._meant.clear()

    def capture(self, name: str, out: Sections) -> Iterator[None]:
        out[f"{name}.words"] = [msgspec.msgpack.encode(self._words)]
        yield
        yield from self.names.capture(f"{name}.names", out)
        yield from self.texts.capture(f"{name}.texts", out)

    @classmethod
    def restore(cls, name: str, stored: Stored) -> Words:
        words = msgspec.msgpack.decode(stored[f"{name}.words"], type=list[str])
        made = cls(
            names=Bitmaps.restore(f"{name}.names", stored),
            texts=Bitmaps.restore(f"{name}.texts", stored),
        )
        made._learn(words)  # of this very class
        return made


def _mask(word: str) -> np.uint64:
    mask = 0
    for letter in word:
        mask |= 1 << ord(letter) % BITS
    return np.uint64(mask)
