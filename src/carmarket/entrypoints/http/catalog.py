"""
The catalog service's routes: sellers list their cars, moderators let them through.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Request, get, post, put
from litestar.params import FromPath

from carmarket.core.actor import Actor
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import Details, Listing, ListingId
from carmarket.core.errors import InvalidError
from carmarket.core.money import Money
from carmarket.entrypoints.http.access import KIB, MODERATORS, WRITE, for_roles, for_users
from carmarket.entrypoints.http.answers import Answer, json_answer, not_modified
from carmarket.entrypoints.http.bodies import NewListing, Rejection, read_body, read_nothing
from carmarket.entrypoints.http.conditional import expected_version, is_known, tag
from carmarket.entrypoints.http.idempotency import fingerprint_of, key_of
from carmarket.entrypoints.http.openapi import CURSOR, IF_MATCH, KEY, LIMIT, about, parameter
from carmarket.entrypoints.http.paging import paged_by_id
from carmarket.entrypoints.http.queries import flag, query_params
from carmarket.entrypoints.http.views import ListingPage, ListingView, view
from carmarket.services.catalog import CatalogService
from carmarket.services.market import Market

CHANGING = (400, 404, 409, 412, 422, 428)
STATUS = parameter(
    "status", "Only these; may be repeated.",
    {"type": "array", "items": {"type": "string", "enum": list(ListingStatus)}},
)  # fmt: skip
EVERYBODY = parameter("everybody", "For moderators: everybody's.", {"type": "boolean", "default": False})


@post(
    "/v1/listings",
    opt={**WRITE, **about("catalog", ok=ListingView, status=201, body=NewListing, parameters=[KEY])},
)
async def draft_listing(request: Request[Any, Any, Any]) -> Answer:
    """
    Begin a listing that nobody but its seller sees.

    With an Idempotency-Key the same request has one effect, and its repeat answers with the listing as it is.
    """
    query_params(request, ())
    key = key_of(request)
    said = await read_body(request, NewListing)
    fingerprint = fingerprint_of(request, await request.body()) if key else None
    listing = await _catalog(request).draft(
        request.user, details=said.details, price=said.price, key=key, fingerprint=fingerprint
    )
    return _shown(request, listing, status=201, headers={"Location": f"/v1/listings/{listing.id}"})


@get(
    "/v1/listings",
    opt={
        **for_users(),
        **about("catalog", ok=ListingPage, errors=(400, 422), parameters=[STATUS, EVERYBODY, CURSOR, LIMIT]),
    },
)
async def list_listings(request: Request[Any, Any, Any]) -> Answer:
    """One's own listings by id; for moderators, on demand, everybody's."""
    params = query_params(request, ("status", "everybody", "cursor", "limit"))
    statuses = frozenset(_status(text) for text in params.get("status", ()))
    everybody = flag(params, "everybody", default=False)
    actor: Actor = request.user
    asked = [sorted(statuses), everybody, None if everybody else actor]
    paging = paged_by_id(request, params, ListingId, of="listings", asked=asked)
    found = await _catalog(request).find(
        actor, statuses=statuses, everybody=everybody, after=paging.after, limit=paging.looked_at
    )
    shown, following = paging.page(found, lambda listing: listing.id)
    return json_answer(ListingPage(listings=tuple(view(listing, actor) for listing in shown), next=following))


@get(
    "/v1/listings/{listing_id:uuid}",
    opt={**for_users(), **about("catalog", ok=ListingView, errors=(404, 422), also={304: "You have it."})},
)
async def show_listing(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Answer:
    """Show one's own listing; moderators see all."""
    query_params(request, ())
    listing = await _catalog(request).get(request.user, ListingId(listing_id))
    if is_known(request, listing.version):
        return not_modified(tag(listing.version))
    return _shown(request, listing)


@put(
    "/v1/listings/{listing_id:uuid}",
    opt={**WRITE, **about("catalog", ok=ListingView, body=Details, parameters=[IF_MATCH], errors=CHANGING)},
)
async def revise_listing(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Answer:
    """Say all of the car anew: what is left out is unknown from then on."""
    query_params(request, ())
    expected = expected_version(request)
    details = await read_body(request, Details)
    return _shown(
        request, await _catalog(request).revise(request.user, ListingId(listing_id), details=details, expected=expected)
    )


@put(
    "/v1/listings/{listing_id:uuid}/price",
    opt={**WRITE, **about("catalog", ok=ListingView, body=Money, parameters=[IF_MATCH], errors=CHANGING)},
)
async def reprice_listing(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Answer:
    """Ask another price; the history keeps the old one."""
    query_params(request, ())
    expected = expected_version(request)
    price = await read_body(request, Money)
    return _shown(
        request, await _catalog(request).reprice(request.user, ListingId(listing_id), price=price, expected=expected)
    )


@post(
    "/v1/listings/{listing_id:uuid}/reject",
    status_code=200,
    opt={
        **for_roles(MODERATORS, body_limit=16 * KIB),
        **about("catalog", ok=ListingView, body=Rejection, parameters=[IF_MATCH], errors=CHANGING),
    },
)
async def reject_listing(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Answer:
    """Send a listing that waits for review back to its seller, with a reason."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, Rejection)
    return _shown(
        request,
        await _catalog(request).reject(request.user, ListingId(listing_id), reason=said.reason, expected=expected),
    )


def _action(name: str, told: str, opt: dict[str, Any]) -> Any:
    """The route of an action that takes nothing but the version it was decided on."""

    async def act(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Answer:
        query_params(request, ())
        await read_nothing(request)
        decide: Callable[..., Awaitable[Listing]] = getattr(_catalog(request), name)
        listing = await decide(request.user, ListingId(listing_id), expected=expected_version(request))
        return _shown(request, listing)

    act.__name__, act.__doc__ = f"{name}_listing", told
    said = about("catalog", ok=ListingView, parameters=[IF_MATCH], errors=CHANGING)
    return post(f"/v1/listings/{{listing_id:uuid}}/{name}", status_code=200, opt={**opt, **said})(act)


ACTION = for_users(rate="write", body_limit=KIB)
ACTIONS = [
    _action("submit", "Ask for review.", ACTION),
    _action("approve", "Let a listing that waits for review before the public.", for_roles(MODERATORS, body_limit=KIB)),
    _action("reopen", "Make a draft of a rejected listing.", ACTION),
    _action("publish", "Put a listing before the public; what is not reviewed goes to review first.", ACTION),
    _action("pause", "Take it from the public for a while.", ACTION),
    _action("renew", "Give it another lifetime from now.", ACTION),
    _action("sell", "The car is sold.", ACTION),
    _action("archive", "Put it away.", ACTION),
    _action("relist", "List a sold or archived car anew, as a draft that keeps its history.", ACTION),
]


def _status(text: str) -> ListingStatus:
    try:
        return ListingStatus(text)
    except ValueError:
        raise InvalidError(
            "There is no such status.", field="status", value=text[:80], expected=", ".join(ListingStatus)
        ) from None


def _catalog(request: Request[Any, Any, Any]) -> CatalogService:
    market: Market = request.app.state.market
    return market.catalog


def _shown(
    request: Request[Any, Any, Any], listing: Listing, *, status: int = 200, headers: dict[str, str] | None = None
) -> Answer:
    return json_answer(
        view(listing, request.user), status=status, headers={"ETag": tag(listing.version), **(headers or {})}
    )
