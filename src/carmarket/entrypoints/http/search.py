"""
The search service's routes: for everybody.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from attrs import frozen
from litestar import Request, get
from litestar.params import FromPath

from carmarket.codec.cursors import CursorCodec, query_key
from carmarket.codec.params import PARAMETERS, parse_query
from carmarket.codec.results import CarView, SearchView, car_view, search_view
from carmarket.core.catalog.car import CarId
from carmarket.core.search.document import Suggestion
from carmarket.core.search.page import LARGEST_PAGE, Cursor
from carmarket.entrypoints.http.access import opened
from carmarket.entrypoints.http.answers import Answer, json_answer, not_modified
from carmarket.entrypoints.http.conditional import is_known, tag
from carmarket.entrypoints.http.openapi import CURSOR, FACETS, LIMIT, about, search_parameters
from carmarket.entrypoints.http.queries import flag, one, query_params, whole
from carmarket.services.market import Market

OTHERS = frozenset({"cursor", "limit", "facets"})


@frozen(kw_only=True)
class SimilarView:
    """A car like another, and why."""

    car: CarView
    score: float
    reasons: tuple[str, ...]


@get(
    "/v1/cars",
    opt={
        **opened(rate="search"),
        **about(
            "search", ok=SearchView, errors=(400, 410, 422), parameters=[*search_parameters(), CURSOR, LIMIT, FACETS]
        ),
    },
)
async def find_cars(request: Request[Any, Any, Any]) -> Answer:
    """
    Find cars.

    What was typed is read first; the answer says what was understood. Totals and facets are true.
    """
    market: Market = request.app.state.market
    params = query_params(request, PARAMETERS.keys() | OTHERS)
    query = parse_query(params, market.search.rates)
    cursors: CursorCodec[Cursor] = request.app.state.cursors
    told = one(params, "cursor")
    after = cursors.decode(told, query_key(query)) if told else None
    found = await market.search.find(
        query, after=after, limit=whole(params, "limit", 20, LARGEST_PAGE), facets=flag(params, "facets", default=True)
    )
    return json_answer(search_view(found.page, found.understood, query, cursors))


@get(
    "/v1/cars/{car_id:uuid}",
    opt={**opened(), **about("search", ok=CarView, errors=(404, 422), also={304: "You have it."})},
)
async def show_car(request: Request[Any, Any, Any], car_id: FromPath[UUID]) -> Answer:
    """Show a car, with its price history and pictures."""
    market: Market = request.app.state.market
    query_params(request, ())
    car = await market.search.car(CarId(car_id))
    if is_known(request, car.version):
        return not_modified(tag(car.version))
    return json_answer(car_view(car), headers={"ETag": tag(car.version)})


@get(
    "/v1/cars/{car_id:uuid}/similar",
    opt={**opened(rate="search"), **about("search", ok=tuple[SimilarView, ...], errors=(404, 422))},
)
async def similar_cars(request: Request[Any, Any, Any], car_id: FromPath[UUID]) -> Answer:
    """Cars like this one, the most alike first, each with the reasons."""
    market: Market = request.app.state.market
    query_params(request, ())
    similar = await market.search.similar(CarId(car_id))
    return json_answer([
        SimilarView(car=car_view(each.entry.car), score=round(each.score, 4), reasons=each.reasons) for each in similar
    ])  # fmt: skip


@get(
    "/v1/suggestions",
    opt={
        **opened(rate="search"),
        **about("search", ok=tuple[Suggestion, ...], errors=(400, 422), parameters=search_parameters()[:1]),
    },
)
async def suggest(request: Request[Any, Any, Any]) -> Answer:
    """
    What could be meant while somebody types.

    Makes, models, trims and places in which each of the words begins some word, the most frequent first.
    """
    market: Market = request.app.state.market
    params = query_params(request, ("words",))
    return json_answer(await market.search.suggest(one(params, "words") or ""))
