"""
Pages to save a search, to see what was found, and to be told of it more or less often.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import MultiDict
from litestar.params import FromPath

from carmarket.codec.params import parse_query
from carmarket.core.errors import CarmarketError, InvalidError, NotFoundError
from carmarket.core.search.saved import HowOften, SavedSearchId
from carmarket.entrypoints.web.asked import Asked
from carmarket.entrypoints.web.chips import chips
from carmarket.entrypoints.web.limits import WRITE
from carmarket.entrypoints.web.visit import Visit

FOUND = 20
MOST_FIELDS = 400
OFTEN: Mapping[HowOften, str] = MappingProxyType(
    {
        HowOften.AT_ONCE: "At once",
        HowOften.DAILY: "Once a day",
        HowOften.WEEKLY: "Once a week",
        HowOften.NEVER: "Never",
    }
)
CHOICES = tuple((one.value, text) for one, text in OFTEN.items())


@get("/searches/new")
async def new_search_page(request: Request[Any, Any, Any]) -> Response[str]:
    """
    Give the search a name, and say how often to be told; the address carries what is looked for.

    Raises: InvalidError for a search that makes no sense.
    """
    visit = await Visit.of(request)
    visit.demand_actor()
    asked = Asked.of(request.query_params)
    parse_query(asked.params, visit.market.search.rates)
    return _ask(visit, asked, {})


@get("/searches")
async def searches_page(request: Request[Any, Any, Any]) -> Response[str]:
    """One's saved searches, and the cars that were found lately."""
    return await _show(await Visit.of(request))


@post("/searches", status_code=200, opt=WRITE)
async def save_search(request: Request[Any, Any, Any]) -> Response[str]:
    """
    Save it; the form's own key makes a repeat the same search.

    Raises: InvalidError for a search that makes no sense, for it is not in this form that it could be mended.
    """
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    searches = visit.market.saved_searches
    asked = _asked(said.get("query", ""))
    query = parse_query(asked.params, visit.market.search.rates)
    try:
        await searches.save(
            actor,
            name=said.get("name", ""),
            query=query,
            how_often=_often(said),
            asked=_query(asked),
            key=said.get("key", "")[:80] or None,
            fingerprint="\n".join((_query(asked), said.get("name", ""), said.get("how_often", ""))),
        )
    except CarmarketError as error:
        return _ask(visit, asked, said, error)
    return visit.see("/searches")


@post("/searches/{search_id:uuid}", status_code=200, opt=WRITE)
async def revise_search(request: Request[Any, Any, Any], search_id: FromPath[UUID]) -> Response[str]:
    """Call it by another name, or be told more or less often."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    try:
        await visit.market.saved_searches.revise(
            actor, SavedSearchId(search_id), name=said.get("name", ""), how_often=_often(said)
        )
    except NotFoundError:
        raise
    except CarmarketError as error:
        return await _show(visit, error)
    return visit.see("/searches")


@post("/searches/{search_id:uuid}/remove", status_code=200, opt=WRITE)
async def remove_search(request: Request[Any, Any, Any], search_id: FromPath[UUID]) -> Response[str]:
    """Forget it, and what it found."""
    visit = await Visit.of(request)
    actor = visit.demand_actor()
    await visit.form()
    await visit.market.saved_searches.remove(actor, SavedSearchId(search_id))
    return visit.see("/searches")


def _ask(visit: Visit, asked: Asked, said: Mapping[str, str], error: Exception | None = None) -> Response[str]:
    described = [*filter(None, (asked.first("words"),)), *(chip.text for chip in chips(asked))]
    values = {
        "query": _query(asked),
        "described": described,
        "back": asked.href(),
        "often": CHOICES,
        "key": said.get("key") or visit.market.stock.ids.new(),
        "said": {"name": ", ".join(described)[:100], "how_often": HowOften.DAILY.value, **said},
        "error": error,
    }
    return visit.page("search_new.html", values, status=200 if error is None else 422)


async def _show(visit: Visit, error: Exception | None = None) -> Response[str]:
    actor, searches = visit.demand_actor(), visit.market.saved_searches
    values = {
        "searches": [(one, f"/?{one.asked}") for one in await searches.find(actor)],
        "found": await searches.alerts(actor, limit=FOUND),
        "often": CHOICES,
        "error": error,
    }
    return visit.page("searches.html", values, status=200 if error is None else 422)


def _asked(query: str) -> Asked:
    """What the form carries along; names that are no parameters of a search say nothing."""
    try:
        said = parse_qs(query, max_num_fields=MOST_FIELDS)
    except ValueError:
        said = {}
    return Asked.of(MultiDict([(name, value) for name, values in said.items() for value in values]))


def _query(asked: Asked) -> str:
    """One search is said in one way, in whatever order its parts came."""
    return asked.href().removeprefix("/").removeprefix("?")


def _often(said: Mapping[str, str]) -> HowOften:
    """Raises: InvalidError."""
    try:
        return HowOften(said.get("how_often", ""))
    except ValueError:
        raise InvalidError(
            "Choose how often.", field="how_often", value=said.get("how_often", "")[:40], expected=", ".join(HowOften)
        ) from None
