"""
What a search box can suggest, and how many cars each would find.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest

import msgspec
from attrs import define, field

from carmarket.adapters.bitmap.bits import Sections, Stored
from carmarket.core.search.document import Suggestion, SuggestionKind
from carmarket.core.search.words import name_words

Offered = tuple[SuggestionKind, str]


@define
class Suggestions:
    """Counts of texts; the words of a text are looked up when somebody asks for the first time."""

    _counts: dict[Offered, int] = field(factory=dict)
    _words: dict[Offered, frozenset[str]] = field(factory=dict)
    _sorted: list[tuple[str, Offered]] | None = None

    def add(self, offered: Iterable[Offered]) -> None:
        for one in offered:
            if one not in self._counts:
                self._sorted = None
            self._counts[one] = self._counts.get(one, 0) + 1

    def remove(self, offered: Iterable[Offered]) -> None:
        for one in offered:
            self._counts[one] -= 1

    def suggest(self, words: Sequence[str], limit: int) -> Sequence[Suggestion]:
        """The most frequent texts in which each of the words begins some word."""
        if not words:
            return ()
        longest = max(words, key=len)
        meant = {one for one in self._beginning(longest) if self._counts[one] and self._has(one, words)}
        ranked = nsmallest(limit, meant, key=lambda one: (-self._counts[one], one[1], one[0]))
        return tuple(Suggestion(kind, text, self._counts[kind, text]) for kind, text in ranked)

    def _has(self, one: Offered, words: Sequence[str]) -> bool:
        return all(any(word.startswith(begun) for word in self._words[one]) for begun in words)

    def _beginning(self, text: str) -> Iterator[Offered]:
        if self._sorted is None:
            for one in self._counts.keys() - self._words.keys():
                self._words[one] = name_words(one[1])
            self._sorted = sorted((word, one) for one, words in self._words.items() for word in words)
        at = bisect_left(self._sorted, text, key=lambda pair: pair[0])
        while at < len(self._sorted) and self._sorted[at][0].startswith(text):
            yield self._sorted[at][1]
            at += 1

    def capture(self, name: str, out: Sections) -> Iterator[None]:
        counts = [(kind, text, count) for (kind, text), count in self._counts.items() if count]
        out[f"{name}.counts"] = [msgspec.msgpack.encode(counts)]
        yield

    @classmethod
    def restore(cls, name: str, stored: Stored) -> Suggestions:
        counts = msgspec.msgpack.decode(stored[f"{name}.counts"], type=list[tuple[SuggestionKind, str, int]])
        return cls(counts={(kind, text): count for kind, text, count in counts})
