"""
Reading what a person typed: numbers and trade words become filters, the rest becomes words to find.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from attrs import evolve, frozen

from carmarket.core.catalog.vehicle import BodyStyle, Colour, Condition, Drivetrain, Fuel, Transmission
from carmarket.core.errors import InvalidError
from carmarket.core.money import RateTable
from carmarket.core.search.numbers import find_numbers
from carmarket.core.search.query import MOST_WORDS, Range, SearchQuery
from carmarket.core.search.vocabulary import (
    FILLERS,
    FILTER_WORDS,
    LONGEST_PHRASE,
    MAKES,
    MODEL_NUMBERS,
    SYNONYMS,
)
from carmarket.core.search.words import Word, WordKind, name_words, split
from carmarket.core.text import fold

FILTER_FIELDS: Mapping[type[Enum], str] = {
    BodyStyle: "bodies",
    Fuel: "fuels",
    Transmission: "transmissions",
    Drivetrain: "drivetrains",
    Colour: "colours",
    Condition: "conditions",
}
REFERENCE_WORDS = frozenset(word for make in MAKES for word in name_words(make)) | frozenset(SYNONYMS.values())
"""Words that are no typing slips, whether or not a car of that name is for sale."""
CHUNKS = re.compile(r"\S+")


@frozen
class Understood:
    """A piece of what was typed, and the filter it was taken for."""

    text: str
    field: str
    value: str


@frozen
class Known:
    """What an index knows of some words: which it has, and with which one of its words begins."""

    words: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()


@frozen
class Reading:
    """A query taken apart: filters, and words whose kind is still open."""

    asked: SearchQuery
    filters: Mapping[str, Any]
    """What was understood, by the fields of a query."""
    unread: tuple[str, ...]
    """Normalised words that are to be found in the cars."""
    understood: tuple[Understood, ...]

    def settle(self, known: Known) -> SearchQuery:
        """
        The query with what was understood as its filters, and its words' kinds decided by what the index knows.

        Known words, words of one or two letters and words with a digit are exact; the last unknown word is a
        prefix if some word begins with it; other unknown words forgive slips.
        """
        open_words = [word for word in self.unread if not _is_exact(word, known)]
        last = open_words[-1] if open_words else None
        prefix = last if last in known.prefixes else None
        terms = tuple(Word(word, _kind(word, prefix, known)) for word in dict.fromkeys(self.unread))
        return evolve(self.asked, words="", terms=terms, **self.filters)


def read(query: SearchQuery, rates: RateTable) -> Reading:
    """
    Take a query's words apart.

    A filter that the query already has is not touched: what was chosen by hand wins over what was typed.

    Raises: InvalidError for more than 32 words.
    """
    text = fold(query.words)
    found: dict[str, Any] = {}
    understood: list[Understood] = []
    spans: list[tuple[int, int]] = []
    for said in find_numbers(text, rates):
        if _names_a_model(text, said.start, said.end):
            continue
        found[said.field] = _both(found.get(said.field), said.range)
        understood.append(Understood(text[said.start : said.end].strip(), said.field, _range_text(said.range)))
        spans.append((said.start, said.end))
    unread: list[str] = []
    for piece in _rest(text, spans):
        unread += _take_phrases(piece, found, understood)
    if len(unread) > MOST_WORDS:
        raise InvalidError(
            "A query has at most 32 words.", field="words", value=len(unread), expected=f"up to {MOST_WORDS}"
        )
    chosen: dict[str, Any] = {name: value for name, value in found.items() if not getattr(query, name)}
    return Reading(query, chosen, tuple(unread), tuple(understood))


def _is_exact(word: str, known: Known) -> bool:
    return len(word) <= 2 or any(letter.isdigit() for letter in word) or word in known.words or word in REFERENCE_WORDS


def _kind(word: str, prefix: str | None, known: Known) -> WordKind:
    if _is_exact(word, known):
        return WordKind.EXACT
    return WordKind.PREFIX if word == prefix else WordKind.FUZZY


def _both(earlier: object, later: Range) -> Range:
    """Two bounds on one number narrow each other; where they leave nothing, the later one counts."""
    if not isinstance(earlier, Range):
        return later
    low = max((bound for bound in (earlier.low, later.low) if bound is not None), default=None)
    high = min((bound for bound in (earlier.high, later.high) if bound is not None), default=None)
    return later if low is not None and high is not None and low > high else Range(low, high)


def _range_text(asked: Range) -> str:
    if asked.low == asked.high:
        return str(asked.low)
    return f"{'' if asked.low is None else asked.low}..{'' if asked.high is None else asked.high}"


def _names_a_model(text: str, start: int, end: int) -> bool:
    before = split(text[:start])
    return bool(before) and (before[-1], text[start:end].strip()) in MODEL_NUMBERS


def _rest(text: str, spans: Iterable[tuple[int, int]]) -> list[str]:
    """What the numbers leave of the text."""
    rest, at = [], 0
    for start, end in sorted(spans):
        rest.append(text[at:start])
        at = end
    return [*rest, text[at:]]


def _take_phrases(text: str, found: dict[str, Any], understood: list[Understood]) -> list[str]:
    """Turn trade words into filters, the longest phrase first; what is left are words to find."""
    spoken = split(text)
    unread: list[str] = []
    at = 0
    while at < len(spoken):
        size = next((n for n in range(LONGEST_PHRASE, 0, -1) if _phrase(spoken, at, n) in FILTER_WORDS), 0)
        if size:
            _choose(_phrase(spoken, at, size), found, understood)
        elif spoken[at] not in FILLERS:
            unread.append(spoken[at])
        at += size or 1
    return unread


def _phrase(spoken: list[str], at: int, size: int) -> str:
    return " ".join(spoken[at : at + size]) if at + size <= len(spoken) else ""


def _choose(phrase: str, found: dict[str, Any], understood: list[Understood]) -> None:
    meant = FILTER_WORDS[phrase]
    values = meant if isinstance(meant, tuple) else (meant,)
    name = FILTER_FIELDS[type(values[0])]
    earlier = found.get(name)
    chosen = frozenset(values) | (earlier if isinstance(earlier, frozenset) else frozenset())
    found[name] = chosen
    understood.append(Understood(phrase, name, ", ".join(sorted(values))))
