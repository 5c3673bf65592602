"""
How well a car answers a query's words: what every index weighs alike, as far as its engine can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import log

from carmarket.core.search.document import FACTS_OF_A_COMPLETE_LISTING, Entry
from carmarket.core.search.page import age_days
from carmarket.core.search.words import Word, WordKind, typo_distance, within

NAME_WEIGHT = 4.0
"""A word in make, model or trim says more than one in the description."""
TEXT_WEIGHT = 1.0
EXACT_WEIGHT = 1.0
PREFIX_WEIGHT = 0.8
TYPO_WEIGHTS = (1.0, 0.7, 0.4)
"""By the number of slips."""
FRESHNESS_WEIGHT = 0.5
FRESHNESS_HALF_LIFE_DAYS = 30.0
COMPLETENESS_WEIGHT = 0.5


def rarity(found: int, total: int) -> float:
    """The weight of a word that `found` of `total` cars have (Sparck Jones 1972, as Lucene smooths it)."""
    return log(1 + (total - found + 0.5) / (found + 0.5))


def score(entry: Entry, terms: Sequence[Word], rarities: Mapping[Word, float], now: datetime) -> float:
    """How well the car answers, larger is better; `rarities` weighs each term."""
    worded = sum(rarities[term] * word_weight(entry, term) for term in terms)
    return worded + standing(entry.completeness, age_days(entry, now))


def standing(completeness: int, age: float) -> float:
    """What a listing is worth whatever was asked: complete ones before bare ones, new ones before old ones."""
    fresh: float = 0.5 ** (age / FRESHNESS_HALF_LIFE_DAYS)
    return FRESHNESS_WEIGHT * fresh + COMPLETENESS_WEIGHT * completeness / FACTS_OF_A_COMPLETE_LISTING


def word_weight(entry: Entry, term: Word) -> float:
    """The best way in which the term is found in the car."""
    return max(
        NAME_WEIGHT * _closeness(term, entry.names),
        TEXT_WEIGHT * _closeness(term, entry.texts),
    )


def _closeness(term: Word, words: frozenset[str]) -> float:
    if term.text in words:
        return EXACT_WEIGHT
    if term.kind is WordKind.PREFIX:
        return PREFIX_WEIGHT if term.found_in(words) else 0.0
    if term.kind is WordKind.FUZZY:
        for slips in range(1, typo_distance(term.text) + 1):
            if any(within(term.text, word, slips) for word in words):
                return TYPO_WEIGHTS[slips]
    return 0.0
