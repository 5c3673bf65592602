"""
Saved searches: people keep what they look for, and see what was found; their letters end with one click.
"""

from __future__ import annotations

from html import escape
from typing import Any
from uuid import UUID

from litestar import Request, delete, get, post, put
from litestar.params import FromPath

from carmarket.codec.params import PARAMETERS, Params, parse_query, plain_query
from carmarket.core.search.alerts import AlertPosition
from carmarket.core.search.saved import SavedSearch, SavedSearchId
from carmarket.entrypoints.http.access import KIB, WRITE, for_users, linked
from carmarket.entrypoints.http.answers import Answer, json_answer, not_modified
from carmarket.entrypoints.http.bodies import NewSavedSearch, SavedSearchChange, read_body
from carmarket.entrypoints.http.conditional import expected_version, is_known, tag
from carmarket.entrypoints.http.idempotency import fingerprint_of, key_of
from carmarket.entrypoints.http.openapi import CURSOR, FACETS, IF_MATCH, KEY, LIMIT, about, parameter
from carmarket.entrypoints.http.paging import paged
from carmarket.entrypoints.http.queries import one, parsed, query_params
from carmarket.entrypoints.http.saved_search_views import AlertPage, SavedSearchView, alert_view, view
from carmarket.services.market import Market
from carmarket.services.saved_searches import SavedSearchService

CHANGING = (400, 404, 409, 412, 422, 428)
PAGING = frozenset(one["name"] for one in (CURSOR, LIMIT, FACETS))
"""What a copied address may say besides."""
TOKEN = parameter("token", "As the letter's link has it.", {"type": "string"}, required=True)
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>Letters of a saved search</title>
<main>{}</main>
</html>
"""


@post(
    "/v1/saved-searches",
    opt={
        **WRITE,
        **about(
            "search", ok=SavedSearchView, status=201, body=NewSavedSearch, parameters=[KEY], errors=(409,),
        ),
    },
)  # fmt: skip
async def save_search(request: Request[Any, Any, Any]) -> Answer:
    """
    Keep a search, and be told of cars that newly match.

    With an Idempotency-Key the same request has one effect, and its repeat answers with the search as it is.
    """
    query_params(request, ())
    key = key_of(request)
    said = await read_body(request, NewSavedSearch)
    fingerprint = fingerprint_of(request, await request.body()) if key else None
    params = _params(said.query)
    service = _service(request)
    saved = await service.save(
        request.user,
        name=said.name,
        query=parse_query(params, service.search.rates),
        how_often=said.how_often,
        asked=plain_query(params),
        key=key,
        fingerprint=fingerprint,
    )
    return _shown(saved, status=201, headers={"Location": f"/v1/saved-searches/{saved.id}"})


@get("/v1/saved-searches", opt={**for_users(), **about("search", ok=tuple[SavedSearchView, ...], errors=(422,))})
async def list_saved_searches(request: Request[Any, Any, Any]) -> Answer:
    """One's own, the oldest first; there are never more than 100."""
    query_params(request, ())
    return json_answer(tuple(map(view, await _service(request).find(request.user))))


@get(
    "/v1/saved-searches/{search_id:uuid}",
    opt={**for_users(), **about("search", ok=SavedSearchView, errors=(404, 422), also={304: "You have it."})},
)
async def show_saved_search(request: Request[Any, Any, Any], search_id: FromPath[UUID]) -> Answer:
    """Show one's own saved search."""
    query_params(request, ())
    saved = await _service(request).get(request.user, SavedSearchId(search_id))
    return not_modified(tag(saved.version)) if is_known(request, saved.version) else _shown(saved)


@put(
    "/v1/saved-searches/{search_id:uuid}",
    opt={
        **WRITE,
        **about("search", ok=SavedSearchView, body=SavedSearchChange, parameters=[IF_MATCH], errors=CHANGING),
    },
)
async def revise_saved_search(request: Request[Any, Any, Any], search_id: FromPath[UUID]) -> Answer:
    """Call it by another name, or be told more or less often. What is looked for stays."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, SavedSearchChange)
    return _shown(
        await _service(request).revise(
            request.user, SavedSearchId(search_id), name=said.name, how_often=said.how_often, expected=expected
        )
    )


@delete(
    "/v1/saved-searches/{search_id:uuid}",
    status_code=200,  # the answer says 204 itself; the framework would take no answer at all for it
    opt={**for_users(rate="write"), **about("search", status=204, parameters=[IF_MATCH], errors=CHANGING)},
)
async def remove_saved_search(request: Request[Any, Any, Any], search_id: FromPath[UUID]) -> Answer:
    """Forget a search, and what it found."""
    query_params(request, ())
    await _service(request).remove(request.user, SavedSearchId(search_id), expected=expected_version(request))
    return Answer(body=b"", status=204)


@get(
    "/v1/saved-searches/{search_id:uuid}/alerts",
    opt={**for_users(), **about("search", ok=AlertPage, errors=(400, 404, 422), parameters=[CURSOR, LIMIT])},
)
async def list_alerts(request: Request[Any, Any, Any], search_id: FromPath[UUID]) -> Answer:
    """What a saved search found, the newest first."""
    params, service = query_params(request, ("cursor", "limit")), _service(request)
    paging = paged(request, params, AlertPosition, of="alerts", asked=search_id)
    found = await service.alerts(
        request.user, search_id=SavedSearchId(search_id), after=paging.after, limit=paging.looked_at
    )
    shown, following = paging.page(found, lambda alert: alert.position)
    return json_answer(AlertPage(alerts=tuple(map(alert_view, shown)), next=following))


@get(
    "/v1/saved-searches/unsubscribe",
    opt={**linked(), **about("search", media=("text/html",), errors=(422,), parameters=[TOKEN])},
)
async def ask_before_unsubscribing(request: Request[Any, Any, Any]) -> Answer:
    """
    What a letter's link shows to a person: a question, and nothing changes.

    Programs that look into links before people do must end nothing.
    """
    saved = await _service(request).named_by(_token(request))
    if saved is None or not saved.is_active:
        return _page("<p>No letters are sent for this search.</p>")
    button = '<form method="post"><button>Send no more letters</button></form>'
    return _page(f"<p>You are told of cars that match “{escape(saved.name)}”.</p>{button}")


@post(
    "/v1/saved-searches/unsubscribe",
    status_code=200,
    opt={
        **linked(rate="write", body_limit=16 * KIB),
        **about("search", media=("text/html",), errors=(422,), parameters=[TOKEN]),
    },
)
async def unsubscribe(request: Request[Any, Any, Any]) -> Answer:
    """
    End the letters of a saved search with one click, without logging in (RFC 8058).

    What the body says does not matter: the link is signed.
    """
    await _service(request).unsubscribe(_token(request))
    return _page("<p>No more letters are sent for this search.</p>")


def _params(said: str) -> Params:
    """What is said of pages and facets is left out: it is no part of what is looked for."""
    params = parsed(said.removeprefix("?"), PARAMETERS.keys() | PAGING)
    return {name: values for name, values in params.items() if name in PARAMETERS}


def _token(request: Request[Any, Any, Any]) -> str:
    return one(query_params(request, ("token",)), "token") or ""


def _page(said: str) -> Answer:
    return Answer(body=PAGE.format(said).encode(), media_type="text/html; charset=utf-8")


def _service(request: Request[Any, Any, Any]) -> SavedSearchService:
    market: Market = request.app.state.market
    return market.saved_searches


def _shown(saved: SavedSearch, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return json_answer(view(saved), status=status, headers={"ETag": tag(saved.version), **(headers or {})})
