"""
What a search box can suggest, and which words cars have: counted by Elasticsearch over findable cars.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from carmarket.adapters.elasticsearch.mapping import BREAK
from carmarket.adapters.elasticsearch.queries import Clause, all_of, query_of
from carmarket.core.search.document import Suggestion, SuggestionKind, is_suggested
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.reading import Known

LIVE = query_of(SearchQuery())
MOST_PATTERNS = 4
"""Of more words the longest are looked for in the texts there and the others here: an automaton of many is large."""
MOST_TEXTS = 10_000


def known_request(words: Sequence[str]) -> dict[str, Any]:
    counted: dict[str, Clause] = {}
    for number, word in enumerate(words):
        counted[f"has{number}"] = {"filter": {"term": {"words": word}}}
        counted[f"begins{number}"] = {"filter": {"prefix": {"words": word}}}
    return {"query": LIVE, "aggs": counted, "size": 0}


def known_of(words: Sequence[str], answer: Mapping[str, Any]) -> Known:
    counted = answer.get("aggregations", {})

    def some(what: str) -> frozenset[str]:
        return frozenset(
            word for number, word in enumerate(words) if counted.get(f"{what}{number}", {}).get("doc_count")
        )

    return Known(words=some("has"), prefixes=some("begins"))


def suggest_request(words: Collection[str], limit: int) -> dict[str, Any]:
    longest = sorted(set(words), key=lambda word: (-len(word), word))
    begun = [{"prefix": {"offered_words": word}} for word in longest]
    pattern = "&".join(f"(.*{BREAK}[^{BREAK}]* {_literal(word)}[^{BREAK}]*)" for word in longest[:MOST_PATTERNS])
    size = limit if len(longest) <= MOST_PATTERNS else MOST_TEXTS
    order = [{"_count": "desc"}, {"_key": "asc"}]
    terms = {"field": "offered", "include": pattern, "size": size, "order": order}
    return {"query": all_of([LIVE, *begun]), "aggs": {"texts": {"terms": terms}}, "size": 0}


def suggestions_of(words: Sequence[str], answer: Mapping[str, Any], limit: int) -> tuple[Suggestion, ...]:
    buckets = answer.get("aggregations", {}).get("texts", {}).get("buckets", [])
    offered = [(*bucket["key"].split(BREAK), bucket["doc_count"]) for bucket in buckets]
    meant = [
        Suggestion(SuggestionKind(kind), text, count) for text, kind, _, count in offered if is_suggested(text, words)
    ]
    return tuple(meant[:limit])


def _literal(word: str) -> str:
    return "".join(letter if letter.isalnum() else f"\\{letter}" for letter in word)
