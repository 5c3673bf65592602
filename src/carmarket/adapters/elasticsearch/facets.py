"""
Facets, counted in the same request that finds the cars.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carmarket.adapters.elasticsearch.queries import OWNED, Clause, all_of, conditions
from carmarket.core.search.facets import MOST_VALUES, QUERY_FIELDS, FacetField, Facets, ranked
from carmarket.core.search.query import SearchQuery


def request_of(query: SearchQuery) -> dict[str, Any]:
    """
    The parts of a search that finds the query's cars and counts its facets.

    What a facet leaves out is asked behind the counting (`post_filter`), all else before it.
    """
    said = conditions(query)
    owned = {name: clauses for name, clauses in said.items() if name in OWNED}
    return {
        "query": all_of(clause for name, clauses in said.items() if name not in OWNED for clause in clauses),
        "post_filter": _but(owned, None),
        "aggs": {facet.value: _counted(owned, facet) for facet in FacetField},
    }


def facets_of(answer: Mapping[str, Any]) -> Facets:
    counted = answer.get("aggregations", {})
    return {facet: ranked(_counts(counted.get(facet.value))) for facet in FacetField}


def _counted(owned: Mapping[str, list[Clause]], facet: FacetField) -> dict[str, Any]:
    own = "year" if facet is FacetField.YEAR else QUERY_FIELDS.get(facet)
    order = [{"_count": "desc"}, {"_key": "asc"}]
    values = {"terms": {"field": facet.value, "size": MOST_VALUES, "order": order}}
    return {"filter": _but(owned, own), "aggs": {"values": values}}


def _but(owned: Mapping[str, list[Clause]], own: str | None) -> Clause:
    return all_of(clause for name, clauses in owned.items() if name != own for clause in clauses)


def _counts(counted: Mapping[str, Any] | None) -> list[tuple[str, int]]:
    buckets = counted["values"]["buckets"] if counted else []
    return [(str(bucket["key"]), bucket["doc_count"]) for bucket in buckets]
