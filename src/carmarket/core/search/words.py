"""
Words as every index stores them: folded, split and brought to one spelling, so that engines agree on what a word is.
"""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import pairwise

from attrs import frozen

from carmarket.core.search.vocabulary import SYNONYMS
from carmarket.core.text import fold

LONGEST_WORD = 64
PIECES = re.compile(r"[^\W_]+")
RUNS = re.compile(r"\d+|[^\W\d_]+")


class WordKind(StrEnum):
    """How a word of a query is to be found in a document."""

    EXACT = "exact"
    PREFIX = "prefix"
    FUZZY = "fuzzy"


@frozen
class Word:
    """A word of a query, already normalised, and how it is to be found."""

    text: str
    kind: WordKind = WordKind.EXACT

    def found_in(self, words: frozenset[str]) -> bool:
        """Whether one of the words of a document is meant."""
        if self.text in words:
            return True
        if self.kind is WordKind.PREFIX:
            return any(word.startswith(self.text) for word in words)
        if self.kind is WordKind.FUZZY:
            most = typo_distance(self.text)
            return any(within(self.text, word, most) for word in words)
        return False


def split(text: str) -> list[str]:
    """The words of a text in order, each in its one spelling: what a query says."""
    pieces = (piece[:LONGEST_WORD] for piece in PIECES.findall(fold(text)))
    return [SYNONYMS.get(piece, piece) for piece in pieces]


def text_words(text: str) -> frozenset[str]:
    """What a running text can be found by: its words, and those written with a hyphen also as one."""
    words = set(split(text))
    for chunk in fold(text).split():
        pieces = PIECES.findall(chunk)
        if len(pieces) > 1:
            words.add("".join(pieces)[:LONGEST_WORD])
    return frozenset(words)


def name_words(text: str) -> frozenset[str]:
    """
    What a name can be found by, however people cut it.

    "CX-5" by cx, 5 and cx5; "RAV4" by rav, 4 and rav4; "Land Rover" also by landrover.
    """
    words = set(text_words(text))
    pieces = PIECES.findall(fold(text))
    for piece in pieces:
        words.update(run[:LONGEST_WORD] for run in RUNS.findall(piece))
    words.update((one + two)[:LONGEST_WORD] for one, two in pairwise(pieces))
    return frozenset(words)


def typo_distance(word: str) -> int:
    """How many slips a fuzzy word forgives."""
    return 1 if len(word) <= 5 else 2


def within(one: str, two: str, most: int) -> bool:
    """
    Whether at most `most` slips part the two words.

    A slip is a letter too many, too few or wrong, or two neighbours swapped (optimal string alignment over
    code points, Damerau 1964).
    """
    if abs(len(one) - len(two)) > most:
        return False
    before: list[int] = []
    previous = list(range(len(two) + 1))
    for i, letter in enumerate(one, start=1):
        current = [i]
        for j, other in enumerate(two, start=1):
            cost = min(
                previous[j] + 1,
                current[j - 1] + 1,
                previous[j - 1] + (letter != other),
            )
            if i > 1 and j > 1 and letter == two[j - 2] and one[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > most:
            return False
        before, previous = previous, current
    return previous[-1] <= most
