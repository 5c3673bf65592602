"""
What is left of a query while the search index is away.
"""

from __future__ import annotations

from attrs import evolve

from carmarket.core.search.query import SearchQuery, Sort
from carmarket.core.search.words import Word


def plain(query: SearchQuery) -> SearchQuery:
    """The query with each of its words as it stands, not misspelt and not begun, and the newest first."""
    return evolve(query, terms=tuple(Word(word.text) for word in query.terms), sort=Sort.NEWEST)
