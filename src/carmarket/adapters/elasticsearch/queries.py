"""
`SearchQuery.matches` in the words of Elasticsearch: one pure function, for finding cars and for percolating them.

Only `term`, `terms`, `prefix`, `fuzzy`, `range`, `exists` and `geo_distance` queries, whose meaning is exact; never
`match`, never AUTO, never `now`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carmarket.adapters.elasticsearch.mapping import span
from carmarket.core.search.facets import QUERY_FIELDS
from carmarket.core.search.query import Near, Range, SearchQuery
from carmarket.core.search.words import Word, WordKind, typo_distance

Clause = dict[str, Any]

CHOICES = {name: facet.value for facet, name in QUERY_FIELDS.items()} | {"trims": "trim"}
"""Which field a choice looks at, by the query's name for it."""
RANGES = ("price", "year", "odometer", "power")
OWNED = frozenset({*QUERY_FIELDS.values(), "year"})
"""Conditions that some facet is counted without."""


def query_of(query: SearchQuery) -> Clause:
    """Finds exactly the documents that the query matches."""
    return all_of(clause for clauses in conditions(query).values() for clause in clauses)


def conditions(query: SearchQuery) -> dict[str, list[Clause]]:
    """What must hold, by the query's fields; what is not asked for has no entry."""
    said: dict[str, list[Clause]] = {"live": [{"term": {"live": True}}]}
    said["terms"] = [word_in("words", word) for word in query.terms]
    for name, field in CHOICES.items():
        if chosen := getattr(query, name):
            said[name] = [{"terms": {field: sorted(chosen)}}]
    said["features"] = [{"term": {"feature": feature}} for feature in sorted(query.features)]
    for name in RANGES:
        if (asked := getattr(query, name)) is not None:
            said[name] = [_within(name, asked)]
    if query.near is not None:
        said["near"] = [_near(query.near)]
    if query.free is not None:
        busy = {"range": {"busy": {**span(query.free), "relation": "intersects"}}}
        said["free"] = [{"bool": {"must_not": [busy]}}]
    if query.seller is not None:
        said["seller"] = [{"term": {"seller": str(query.seller)}}]
    return said


def word_in(field: str, word: Word) -> Clause:
    """Whether one of the field's words is meant. A word that begins so, or has few slips, includes the word itself."""
    if word.kind is WordKind.PREFIX:
        return {"prefix": {field: {"value": word.text}}}
    if word.kind is WordKind.FUZZY:
        return slips_of(field, word.text, typo_distance(word.text))
    return {"term": {field: {"value": word.text}}}


def slips_of(field: str, text: str, most: int) -> Clause:
    """
    A word of the field is at most so many slips away.

    By constant score all words of the index that are near enough are taken; other ways of rewriting take the best 50.
    """
    said = {"value": text, "fuzziness": most, "prefix_length": 0, "transpositions": True, "rewrite": "constant_score"}
    return {"fuzzy": {field: said}}


def all_of(clauses: Iterable[Clause]) -> Clause:
    """All must hold; none of it counts for the order."""
    return {"bool": {"filter": list(clauses)}}


def _within(field: str, asked: Range) -> Clause:
    bounds = {"gte": asked.low, "lte": asked.high}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    return {"range": {field: given}} if given else {"exists": {"field": field}}


def _near(near: Near) -> Clause:
    point = {"lat": near.point.latitude, "lon": near.point.longitude}
    return {"geo_distance": {"distance": f"{near.radius_m}m", "distance_type": "arc", "point": point}}
