"""
The search page, the part of it that follows while somebody types, and what could be meant by the beginning of a word.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen
from litestar import Request, Response, route

from carmarket.codec.cursors import CursorCodec, query_key
from carmarket.codec.params import parse_query
from carmarket.codec.results import SearchView, search_view
from carmarket.core.search.page import Cursor
from carmarket.core.search.query import SearchQuery
from carmarket.entrypoints.web.asked import Asked
from carmarket.entrypoints.web.chips import chips, understood
from carmarket.entrypoints.web.choices import TITLES, groups, years
from carmarket.entrypoints.web.headers import READ
from carmarket.entrypoints.web.limits import SEARCH
from carmarket.entrypoints.web.pages import page, wants_part
from carmarket.entrypoints.web.sorting import SORTS, orders
from carmarket.entrypoints.web.visit import front_page
from carmarket.services.market import Market
from carmarket.services.search import Found

CARS_A_PAGE = 24
FIELDS_OF_THE_FORM = frozenset(
    {"words", "sort", "price_min", "price_max", "year_min", "year_max", "currency"}
    | {"odometer_min", "odometer_max", "odometer_unit"}
)


@frozen(kw_only=True)
class Answer:
    """A search as it was asked, as it was run, and what it found."""

    asked: Asked
    query: SearchQuery
    found: Found
    view: SearchView


@route("/", http_method=READ, opt=SEARCH)
async def search_page(request: Request[Any, Any, Any]) -> Response[str]:
    """
    The shop window: whole for a browser, results alone for htmx, more cars alone for its "More cars".

    Raises: InvalidError for a search that makes no sense, CursorExpiredError for a page that is long gone.
    """
    market: Market = request.app.state.market
    cursor = request.query_params.get("cursor") or None
    is_part = wants_part(request)
    is_more = is_part and cursor is not None
    answer = await _search(market, Asked.of(request.query_params), cursor, facets=not is_more)
    shown = {"is_first": cursor is None, "is_part": is_part, **_cars(answer)}
    if is_more:
        return page("more.html", shown)
    shown |= _around(answer, market.search.rates.base)
    if is_part:
        return page("results.html", shown, headers=_history(request, answer.asked))
    return front_page(request, "search.html", shown | _form(answer.asked, market))


@route("/suggestions", http_method=READ, opt=SEARCH)
async def suggestions(request: Request[Any, Any, Any]) -> Response[str]:
    """Options for the search box: makes, models, trims and places that begin as what was typed."""
    market: Market = request.app.state.market
    offered = await market.search.suggest(request.query_params.get("words") or "")
    return page("suggestions.html", {"suggestions": offered})


async def _search(market: Market, asked: Asked, cursor: str | None, *, facets: bool) -> Answer:
    query = parse_query(asked.params, market.search.rates)
    cursors = CursorCodec(Cursor, market.stock.secrets.secret("cursors"))
    after = cursors.decode(cursor, query_key(query)) if cursor else None
    found = await market.search.find(query, after=after, limit=CARS_A_PAGE, facets=facets)
    return Answer(asked=asked, query=query, found=found, view=search_view(found.page, found.understood, query, cursors))


def _cars(answer: Answer) -> dict[str, object]:
    """The cars, and where more of them are."""
    view = answer.view
    return {"asked": answer.asked, "view": view, "more": answer.asked.href(cursor=view.next) if view.next else None}


def _around(answer: Answer, base: str) -> dict[str, object]:
    """What stands around the cars: filters with their counts, what is set, and what the words were taken for."""
    asked, facets, run = answer.asked, answer.view.facets, answer.found.query
    return {
        "groups": groups(asked, facets),
        "years": years(asked, facets),
        "chips": tuple(chips(asked)),
        "saving": _saving(asked.without("sort")),
        "meant": understood(answer.view.understood, answer.query, base),
        "orders": orders(asked, run),
        "sorted_by": SORTS[run.sort],
    }


def _saving(asked: Asked) -> str | None:
    """Where the search is saved; one for all cars cannot be."""
    return f"/searches/new{asked.href().removeprefix('/')}" if asked.params else None


def _form(asked: Asked, market: Market) -> dict[str, object]:
    """What stands in the form and does not change with the results."""
    rates = market.search.rates
    return {
        "currencies": (rates.base, *rates.rates),
        "kept": [
            (name, value)
            for name, values in asked.params.items()
            if name not in FIELDS_OF_THE_FORM and name not in TITLES
            for value in values
        ],
    }


def _history(request: Request[Any, Any, Any], asked: Asked) -> dict[str, str]:
    """Typing alters the address in place; a choice is a step that the Back button takes back."""
    typing = request.headers.get("hx-trigger") == "words"
    return {"HX-Replace-Url" if typing else "HX-Push-Url": asked.href()}
