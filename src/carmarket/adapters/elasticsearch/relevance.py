"""
Pages by relevance, scored as `core/search/relevance.py` says and walked through in one view.

A view is a point in time that Elasticsearch keeps for some minutes. The cursor carries its id, the moment and the
rarity of each word, so that any process can go on with it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from struct import pack, unpack
from typing import Any
from uuid import UUID

from attrs import frozen
from elasticsearch import AsyncElasticsearch, BadRequestError, NotFoundError

from carmarket.adapters.elasticsearch.ordering import Answered
from carmarket.adapters.elasticsearch.queries import Clause, query_of, slips_of, word_in
from carmarket.codec.cursors import query_key
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import CursorExpiredError
from carmarket.core.period import milliseconds
from carmarket.core.search.document import FACTS_OF_A_COMPLETE_LISTING
from carmarket.core.search.page import Cursor
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.relevance import (
    COMPLETENESS_WEIGHT,
    EXACT_WEIGHT,
    FRESHNESS_HALF_LIFE_DAYS,
    FRESHNESS_WEIGHT,
    NAME_WEIGHT,
    PREFIX_WEIGHT,
    TEXT_WEIGHT,
    TYPO_WEIGHTS,
    rarity,
)
from carmarket.core.search.words import Word, WordKind, typo_distance

KEPT = "5m"
"""For how long a view is kept after it was last asked for."""
HALF_LIFE_MS = round(FRESHNESS_HALF_LIFE_DAYS * 86_400_000)


@frozen
class View:
    """One moment of the index, and what words weighed at it."""

    moment: str
    """The id of the point in time."""
    now: int
    """Milliseconds since 1970."""
    rarities: tuple[float, ...]
    """Of the query's words, in their order."""
    asked: str
    """The digest of the query."""

    def text(self) -> str:
        return json.dumps([self.moment, self.now, self.rarities, self.asked])

    @classmethod
    def of(cls, cursor: Cursor, query: SearchQuery) -> View:
        """Raises: CursorExpiredError for one that was not made for this very query."""
        try:
            moment, now, rarities, asked = json.loads(cursor.view or "")
            view = cls(str(moment), int(now), tuple(map(float, rarities)), str(asked))
        except (ValueError, TypeError):
            raise _gone(cursor) from None
        if view.asked != digest(query):
            raise _gone(cursor)
        return view


async def by_relevance(
    client: AsyncElasticsearch,
    index: str,
    said: dict[str, Any],
    query: SearchQuery,
    *,
    now: datetime,
    after: Cursor | None,
    limit: int,
) -> Answered:
    """Raises: CursorExpiredError when the view is no longer kept."""
    view = View.of(after, query) if after else await _open(client, index, query, now)
    behind: dict[str, Any] = {"search_after": [_score_of(after.value), str(after.car_id)]} if after else {}
    said = {name: value for name, value in said.items() if name not in {"index", "ignore_unavailable"}}
    said["query"] = scored(said["query"], query.terms, view.rarities, view.now)
    moment = {"id": view.moment, "keep_alive": KEPT}
    order = [{"_score": "desc"}, {"id": "asc"}]
    try:
        answer = (await client.search(**said, **behind, pit=moment, sort=order, size=limit + 1)).body
    except (NotFoundError, BadRequestError) as wrong:
        if after is None:
            raise
        raise _gone(after) from wrong
    hits = answer["hits"]["hits"]
    following = None
    if len(hits) > limit:
        score, car_id = hits[limit - 1]["sort"][:2]
        following = Cursor(value=_bits_of(score), car_id=CarId(UUID(car_id)), view=view.text())
    elif after is None:
        await client.close_point_in_time(id=view.moment)
    return Answered(shown=[hit["_source"] for hit in hits[:limit]], next=following, answer=answer)


def scored(found: Clause, terms: Sequence[Word], rarities: Sequence[float], now: int) -> Clause:
    """Finds the same, and scores it by its words, its freshness and its completeness."""
    words = [_weighed(term, weight) for term, weight in zip(terms, rarities, strict=True)]
    age = {"origin": now, "scale": HALF_LIFE_MS, "decay": 0.5}
    complete = {"field": "completeness", "factor": COMPLETENESS_WEIGHT / FACTS_OF_A_COMPLETE_LISTING, "missing": 0}
    return {
        "function_score": {
            "query": {"bool": {"must": words, "filter": [found]}},
            "functions": [
                {"exp": {"published": age}, "weight": FRESHNESS_WEIGHT},
                {"field_value_factor": complete},
            ],
            "score_mode": "sum",
            "boost_mode": "sum",
        }
    }


def digest(query: SearchQuery) -> str:
    """Of all that the query says, the kinds of its words too."""
    kinds = " ".join(term.kind for term in query.terms)
    return sha256(query_key(query) + kinds.encode()).hexdigest()[:16]


async def _open(client: AsyncElasticsearch, index: str, query: SearchQuery, now: datetime) -> View:
    moment, rarities = await asyncio.gather(
        client.open_point_in_time(index=index, keep_alive=KEPT), _rarities(client, index, query.terms)
    )
    return View(str(moment["id"]), milliseconds(now), rarities, digest(query))


async def _rarities(client: AsyncElasticsearch, index: str, terms: Sequence[Word]) -> tuple[float, ...]:
    if not terms:
        return ()
    counted = {str(number): {"filter": word_in("words", term)} for number, term in enumerate(terms)}
    answer = await client.search(
        index=index, size=0, query=query_of(SearchQuery()), aggs=counted, track_total_hits=True,
        allow_partial_search_results=False,
    )  # fmt: skip
    total = answer["hits"]["total"]["value"]
    return tuple(rarity(answer["aggregations"][name]["doc_count"], total) for name in counted)


def _weighed(term: Word, weight: float) -> Clause:
    """The best of the ways in which the word can be found in a car."""
    ways = [
        {"constant_score": {"filter": clause, "boost": weight * where * closeness}}
        for field, where in (("names", NAME_WEIGHT), ("words", TEXT_WEIGHT))
        for closeness, clause in _ways(field, term)
    ]
    return {"dis_max": {"queries": ways}}


def _ways(field: str, term: Word) -> list[tuple[float, Clause]]:
    ways = [(EXACT_WEIGHT, word_in(field, Word(term.text)))]
    if term.kind is WordKind.PREFIX:
        ways.append((PREFIX_WEIGHT, word_in(field, term)))
    if term.kind is WordKind.FUZZY:
        most = typo_distance(term.text)
        ways += [(TYPO_WEIGHTS[slips], slips_of(field, term.text, slips)) for slips in range(1, most + 1)]
    return ways


def _bits_of(score: float) -> int:
    """A cursor's value is a whole number: the bits of the score, which has single precision."""
    (bits,) = unpack(">I", pack(">f", score))
    return int(bits)


def _score_of(bits: int) -> float:
    (score,) = unpack(">f", pack(">I", bits))
    return float(score)


def _gone(cursor: Cursor) -> CursorExpiredError:
    shown = (cursor.view or "")[:80]
    return CursorExpiredError("This search is no longer kept; begin again.", field="cursor", value=shown)
