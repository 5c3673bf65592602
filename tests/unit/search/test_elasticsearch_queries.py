"""
What is asked of Elasticsearch means what the predicate means, by the meaning that its queries have.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from carmarket.adapters.elasticsearch.facets import request_of
from carmarket.adapters.elasticsearch.mapping import body_of, document_of, fields_of
from carmarket.adapters.elasticsearch.queries import query_of
from carmarket.core.place import Point
from carmarket.core.search.document import SearchDocument
from carmarket.core.search.query import Range, SearchQuery
from carmarket.core.search.words import Word, WordKind, within
from carmarket.testing.contracts.search import documents_of
from carmarket.testing.strategies import histories, queries


def values(document: dict[str, Any], field: str) -> list[Any]:
    said = document.get(field)
    return said if isinstance(said, list) else [] if said is None else [said]


def in_range(value: Any, asked: dict[str, Any]) -> bool:
    if asked.get("relation") == "intersects":
        return bool(value["gte"] < asked["lt"] and asked["gte"] < value["lt"])
    return bool(asked.get("gte", value) <= value <= asked.get("lte", value))


def holds(clause: dict[str, Any], document: dict[str, Any]) -> bool:
    """What a query of Elasticsearch means, as its reference says."""
    ((kind, said),) = clause.items()
    if kind == "bool":
        assert said.keys() <= {"filter", "must_not"}
        return all(holds(one, document) for one in said.get("filter", [])) and not any(
            holds(one, document) for one in said.get("must_not", [])
        )
    if kind == "exists":
        return bool(values(document, said["field"]))
    if kind == "geo_distance":
        (point,) = values(document, "point") or [None]
        here = Point(said["point"]["lat"], said["point"]["lon"])
        metres = float(said["distance"].removesuffix("m"))
        return point is not None and here.distance_m(Point(point["lat"], point["lon"])) <= metres
    ((field, asked),) = said.items()
    value: Any = asked.get("value") if isinstance(asked, dict) else asked
    if kind == "fuzzy":
        assert (asked["rewrite"], asked["prefix_length"], asked["transpositions"]) == ("constant_score", 0, True)
    tests: dict[str, Any] = {
        "term": lambda one: one == value,
        "terms": lambda one: one in asked,
        "prefix": lambda one: one.startswith(value),
        "fuzzy": lambda one: within(value, one, asked["fuzziness"]),
        "range": lambda one: in_range(one, asked),
    }
    return any(tests[kind](one) for one in values(document, field))


@settings(max_examples=150, deadline=None)
@given(histories(most=20), st.lists(queries(), min_size=1, max_size=8))
def test_a_query_holds_where_the_predicate_does(facts: Any, asked: list[SearchQuery]) -> None:
    for document in documents_of(facts).values():
        fields = fields_of(document)
        for query in asked:
            counted = request_of(query)

            assert holds(query_of(query), fields) == query.matches(document)
            both = holds(counted["query"], fields) and holds(counted["post_filter"], fields)
            assert both == query.matches(document)


@settings(max_examples=50, deadline=None)
@given(histories(most=20))
def test_a_document_comes_back_as_it_was(facts: Any) -> None:
    for car_id, document in documents_of(facts).items():
        assert document_of(car_id, body_of(document)) == document


def test_a_range_without_ends_asks_for_a_known_value() -> None:
    query = query_of(SearchQuery(price=Range()))

    assert query == {"bool": {"filter": [{"term": {"live": True}}, {"exists": {"field": "price"}}]}}


def test_slips_are_the_core_s_and_no_word_is_left_out() -> None:
    query = query_of(SearchQuery(terms=(Word("golff", WordKind.FUZZY), Word("volkswagn", WordKind.FUZZY))))

    fuzzy = [clause["fuzzy"]["words"] for clause in query["bool"]["filter"] if "fuzzy" in clause]
    assert [(one["fuzziness"], one["rewrite"]) for one in fuzzy] == [(1, "constant_score"), (2, "constant_score")]


def test_what_is_not_before_the_public_has_no_field_to_be_found_by() -> None:
    for document in (SearchDocument(car_id=_ID), SearchDocument(car_id=_ID, version=3)):
        assert fields_of(document) == {"live": False}


_ID: Any = "a stub"
