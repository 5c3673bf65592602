"""
Which cars a query means, and what each choice of a facet would give.
"""

from __future__ import annotations

from pyroaring import BitMap

from carmarket.adapters.bitmap.bits import Slots, slots_of
from carmarket.adapters.bitmap.table import CHOICES, Table
from carmarket.core.period import Period
from carmarket.core.search.facets import QUERY_FIELDS, FacetCount, FacetField, Facets, ranked, without_own_filter
from carmarket.core.search.query import SearchQuery

RANGES = ("price", "year", "odometer", "power")


def matching(table: Table, query: SearchQuery) -> BitMap:
    """The cars for which `query.matches` holds; the cheapest and narrowest conditions first."""
    found = table.live
    for term in query.terms:
        found = found & table.words.find(term)
    for name in CHOICES:
        wanted = getattr(query, name)
        if wanted:
            values = [str(wanted)] if name == "seller" else [str(value) for value in wanted]
            found = found & table.choices[name].any_of(values)
    if query.features:
        having = table.features.all_of(query.features)
        found = BitMap() if having is None else found & having
    for name in RANGES:
        asked = getattr(query, name)
        if asked is not None and found:
            found = table.numbers[name].within(asked, found)
    if query.near is not None and found:
        found = table.places.within(query.near, found)
    if query.free is not None and found:
        found = found - _busy(table, query.free)
    return found


def facets_of(table: Table, query: SearchQuery, found: BitMap) -> Facets:
    """Each facet counted without its own filter."""
    slots = slots_of(found)
    facets: dict[FacetField, tuple[FacetCount, ...]] = {}
    for facet in FacetField:
        wider = without_own_filter(query, facet)
        if wider == query:
            facets[facet] = ranked(_counts(table, facet, found, slots))
        else:
            hits = matching(table, wider)
            facets[facet] = ranked(_counts(table, facet, hits, slots_of(hits)))
    return facets


def _counts(table: Table, facet: FacetField, hits: BitMap, slots: Slots) -> list[tuple[str, int]]:
    if facet is FacetField.YEAR:
        return table.numbers["year"].counts(hits)
    choices = table.features if facet is FacetField.FEATURE else table.choices[QUERY_FIELDS[facet]]
    return choices.counts(hits, slots)


def _busy(table: Table, asked: Period) -> BitMap:
    """Cars that some booking blocks in the period."""
    return BitMap(
        slot
        for slot, bookings in table.bookings.items()
        if any(booking.blocks and booking.period.overlaps(asked) for booking in bookings)
    )
