"""
The orders that make sense for a search.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from carmarket.core.search.query import SearchQuery, Sort
from carmarket.entrypoints.web.asked import Asked

SORTS: Mapping[Sort, str] = {
    Sort.RELEVANCE: "Best match",
    Sort.DISTANCE: "Nearest first",
    Sort.NEWEST: "Newest first",
    Sort.PRICE: "Cheapest first",
    Sort.PRICE_DESCENDING: "Most expensive first",
    Sort.YEAR_DESCENDING: "Latest year first",
    Sort.YEAR: "Earliest year first",
    Sort.ODOMETER: "Least driven first",
    Sort.ODOMETER_DESCENDING: "Most driven first",
}


@frozen(kw_only=True)
class Order:
    """An order to choose; the one that comes by itself has no value."""

    value: str
    text: str
    is_chosen: bool


def orders(asked: Asked, run: SearchQuery) -> tuple[Order, ...]:
    """
    What a visitor can sort by: relevance with words only, distance with a place only.

    Args:
        asked: what the visitor said.
        run: the query as the index answered it.
    """
    usual = _usual(asked, run)
    return tuple(
        Order(value="" if sort is usual else sort.value, text=text, is_chosen=sort is run.sort)
        for sort, text in SORTS.items()
        if (sort is not Sort.RELEVANCE or run.terms) and (sort is not Sort.DISTANCE or run.near)
    )


def _usual(asked: Asked, run: SearchQuery) -> Sort:
    """The order of a search that names none."""
    if run.terms:
        return Sort.RELEVANCE
    return Sort.DISTANCE if run.near and not asked.first("words") else Sort.NEWEST
