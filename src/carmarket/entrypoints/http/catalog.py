"""
The catalog service's routes: sellers list their cars, moderators let them through.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from attrs import frozen
from litestar import Request, Response, get, post, put
from litestar.params import FromPath

from carmarket.codec.cursors import CursorCodec
from carmarket.core.actor import Actor
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.lifecycle import TRANSITIONS, ListingStatus
from carmarket.core.catalog.listing import Details, Listing, ListingId
from carmarket.core.catalog.photos import Photo
from carmarket.core.catalog.prices import PricePoint
from carmarket.core.errors import InvalidError
from carmarket.core.money import Money
from carmarket.entrypoints.http.access import MODERATORS, WRITE, for_roles, for_users
from carmarket.entrypoints.http.answers import json_answer
from carmarket.entrypoints.http.bodies import NewListing, Rejection, read_body
from carmarket.entrypoints.http.conditional import expected_version, is_known, tag
from carmarket.entrypoints.http.openapi import CURSOR, IF_MATCH, KEY, LIMIT, about, parameter
from carmarket.entrypoints.http.queries import flag, one, query_params, whole
from carmarket.services.catalog import CatalogService
from carmarket.services.market import Market

LONGEST_KEY = 200
CHANGING = (400, 404, 409, 412, 422, 428)
STATUS = parameter(
    "status", "Only these; may be repeated.",
    {"type": "array", "items": {"type": "string", "enum": list(ListingStatus)}},
)  # fmt: skip
EVERYBODY = parameter("everybody", "For moderators: everybody's.", {"type": "boolean", "default": False})


@frozen(kw_only=True)
class ListingView:
    """A listing as its seller sees it."""

    id: ListingId
    version: int
    status: ListingStatus
    actions: tuple[str, ...]
    """What its status allows."""
    seller: SellerId
    details: Details
    price: Money
    price_history: tuple[PricePoint, ...]
    photos: tuple[Photo, ...]
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    expires_at: datetime | None
    rejection: str | None
    relisted_from: ListingId | None


@frozen(kw_only=True)
class ListingPage:
    """Listings by id, and where the next page begins."""

    listings: tuple[ListingView, ...]
    next: str | None


def view(listing: Listing) -> ListingView:
    return ListingView(
        id=listing.id,
        version=listing.version,
        status=listing.status,
        actions=tuple(sorted({action.value for status, action in TRANSITIONS if status is listing.status})),
        seller=listing.seller,
        details=listing.details,
        price=listing.price.current,
        price_history=listing.price.history,
        photos=listing.photos.items,
        created_at=listing.created_at,
        updated_at=listing.updated_at,
        published_at=listing.published_at,
        expires_at=listing.expires_at,
        rejection=listing.rejection,
        relisted_from=listing.relisted_from,
    )


@post(
    "/v1/listings",
    opt={**WRITE, **about("catalog", ok=ListingView, status=201, body=NewListing, parameters=[KEY])},
)
async def draft_listing(request: Request[Any, Any, Any]) -> Response[bytes]:
    """
    Begin a listing that nobody but its seller sees.

    With an Idempotency-Key the same request has one effect, and its repeat answers with the listing as it is.
    """
    query_params(request, ())
    key, fingerprint = await keyed(request)
    said = await read_body(request, NewListing)
    listing = await _catalog(request).draft(
        request.user, details=said.details, price=said.price, key=key, fingerprint=fingerprint
    )
    return _shown(listing, status=201, headers={"Location": f"/v1/listings/{listing.id}"})


@get(
    "/v1/listings",
    opt={
        **for_users(),
        **about("catalog", ok=ListingPage, errors=(400, 422), parameters=[STATUS, EVERYBODY, CURSOR, LIMIT]),
    },
)
async def list_listings(request: Request[Any, Any, Any]) -> Response[bytes]:
    """One's own listings by id; for moderators, on demand, everybody's."""
    params = query_params(request, ("status", "everybody", "cursor", "limit"))
    statuses = frozenset(_status(text) for text in params.get("status", ()))
    everybody, limit = flag(params, "everybody", default=False), whole(params, "limit", 20, 100)
    actor: Actor = request.user
    market: Market = request.app.state.market
    cursors = CursorCodec(UUID, market.stock.secrets.secret("listings"))
    asked = msgspec.json.encode([sorted(statuses), everybody, None if everybody else actor], order="deterministic")
    told = one(params, "cursor")
    found = await market.catalog.find(
        actor, statuses=statuses, everybody=everybody,
        after=ListingId(cursors.decode(told, asked)) if told else None, limit=limit + 1,
    )  # fmt: skip
    shown = found[:limit]
    following = cursors.encode(shown[-1].id, asked) if len(found) > limit else None
    return json_answer(ListingPage(listings=tuple(map(view, shown)), next=following))


@get(
    "/v1/listings/{listing_id:uuid}",
    opt={**for_users(), **about("catalog", ok=ListingView, errors=(404, 422), also={304: "You have it."})},
)
async def show_listing(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Response[bytes]:
    """Show one's own listing; moderators see all."""
    query_params(request, ())
    listing = await _catalog(request).get(request.user, ListingId(listing_id))
    if is_known(request, listing.version):
        return Response(b"", status_code=304, headers={"ETag": tag(listing.version)})
    return _shown(listing)


@put(
    "/v1/listings/{listing_id:uuid}",
    opt={**WRITE, **about("catalog", ok=ListingView, body=Details, parameters=[IF_MATCH], errors=CHANGING)},
)
async def revise_listing(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Response[bytes]:
    """Say all of the car anew: what is left out is unknown from then on."""
    query_params(request, ())
    expected = expected_version(request)
    details = await read_body(request, Details)
    return _shown(
        await _catalog(request).revise(request.user, ListingId(listing_id), details=details, expected=expected)
    )


@put(
    "/v1/listings/{listing_id:uuid}/price",
    opt={**WRITE, **about("catalog", ok=ListingView, body=Money, parameters=[IF_MATCH], errors=CHANGING)},
)
async def reprice_listing(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Response[bytes]:
    """Ask another price; the history keeps the old one."""
    query_params(request, ())
    expected = expected_version(request)
    price = await read_body(request, Money)
    return _shown(await _catalog(request).reprice(request.user, ListingId(listing_id), price=price, expected=expected))


@post(
    "/v1/listings/{listing_id:uuid}/reject",
    status_code=200,
    opt={
        **for_roles(MODERATORS, body_limit=16_384),
        **about("catalog", ok=ListingView, body=Rejection, parameters=[IF_MATCH], errors=CHANGING),
    },
)
async def reject_listing(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Response[bytes]:
    """Send a listing that waits for review back to its seller, with a reason."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, Rejection)
    return _shown(
        await _catalog(request).reject(request.user, ListingId(listing_id), reason=said.reason, expected=expected)
    )


def _action(name: str, told: str, opt: dict[str, Any]) -> Any:
    """The route of an action that takes nothing but the version it was decided on."""

    async def act(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Response[bytes]:
        query_params(request, ())
        decide: Callable[..., Awaitable[Listing]] = getattr(_catalog(request), name)
        listing = await decide(request.user, ListingId(listing_id), expected=expected_version(request))
        return _shown(listing)

    act.__name__, act.__doc__ = f"{name}_listing", told
    said = about("catalog", ok=ListingView, parameters=[IF_MATCH], errors=CHANGING)
    return post(f"/v1/listings/{{listing_id:uuid}}/{name}", status_code=200, opt={**opt, **said})(act)


ACTION = for_users(rate="write")
ACTIONS = [
    _action("submit", "Ask for review.", ACTION),
    _action("approve", "Let a listing that waits for review before the public.", for_roles(MODERATORS)),
    _action("reopen", "Make a draft of a rejected listing.", ACTION),
    _action("publish", "Put a listing before the public; what is not reviewed goes to review first.", ACTION),
    _action("pause", "Take it from the public for a while.", ACTION),
    _action("renew", "Give it another lifetime from now.", ACTION),
    _action("sell", "The car is sold.", ACTION),
    _action("archive", "Put it away.", ACTION),
    _action("relist", "List a sold or archived car anew, as a draft that keeps its history.", ACTION),
]


async def keyed(request: Request[Any, Any, Any]) -> tuple[str | None, str | None]:
    """
    The Idempotency-Key, and the fingerprint of the request that it stands for.

    Raises: InvalidError for a key that is empty, too long or not plain.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return None, None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key):
        raise InvalidError(
            "An Idempotency-Key is a short plain text.",
            field="Idempotency-Key",
            value=key[:80],
            expected="1 to 200 visible letters",
        )
    digest = sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    digest.update(await request.body())
    return key, digest.hexdigest()


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


def _shown(listing: Listing, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    return json_answer(view(listing), status=status, headers={"ETag": tag(listing.version), **(headers or {})})
