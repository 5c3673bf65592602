"""
The booking service's routes: what a car costs for a while, holding it, and everything that becomes of a booking.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from attrs import frozen
from litestar import Request, get, post
from litestar.params import FromPath
from msgspec import Meta

from carmarket.codec.bookings import BookingView, OfferedKind, QuoteView, booking_view, quote_view
from carmarket.codec.quotes import QuoteCodec
from carmarket.core.actor import Actor
from carmarket.core.booking.booking import Booking, BookingId
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import InvalidError
from carmarket.core.period import Period
from carmarket.entrypoints.http.access import KIB, for_users
from carmarket.entrypoints.http.answers import Answer, json_answer, not_modified
from carmarket.entrypoints.http.bodies import read_body, read_nothing
from carmarket.entrypoints.http.conditional import expected_version, is_known, tag
from carmarket.entrypoints.http.idempotency import fingerprint_of, key_of
from carmarket.entrypoints.http.openapi import CURSOR, IF_MATCH, KEY, LIMIT, about, parameter
from carmarket.entrypoints.http.paging import paged_by_id
from carmarket.entrypoints.http.queries import flag, query_params
from carmarket.services.booking import BookingService
from carmarket.services.market import Market

CHANGING = (400, 404, 409, 412, 422, 428)
SMALL = for_users(rate="write", body_limit=16 * KIB)
STATUS = parameter(
    "status", "Only these; may be repeated.",
    {"type": "array", "items": {"type": "string", "enum": list(BookingStatus)}},
)  # fmt: skip
OF_MY_CARS = parameter(
    "of_my_cars", "Those of the cars that one offers, and not one's own.", {"type": "boolean", "default": False}
)


@frozen(kw_only=True)
class WantedQuote:
    """What a customer would like, from `start` up to, but not including, `end`."""

    kind: OfferedKind
    start: datetime
    end: datetime


@frozen(kw_only=True)
class NewBooking:
    quote: Annotated[str, Meta(min_length=1, max_length=8192)]
    """As it was given out."""


@frozen(kw_only=True)
class Refusal:
    """Why a request is declined."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


@frozen(kw_only=True)
class Cancellation:
    """Why a booking is called off, if it is said."""

    reason: Annotated[str, Meta(max_length=1000)] = ""


@frozen(kw_only=True)
class BookingPage:
    """Bookings by id, and where the next page begins."""

    bookings: tuple[BookingView, ...]
    next: str | None


@post(
    "/v1/cars/{car_id:uuid}/quotes",
    status_code=200,
    opt={**SMALL, **about("booking", ok=QuoteView, body=WantedQuote, errors=(404, 409))},
)
async def quote_car(request: Request[Any, Any, Any], car_id: FromPath[UUID]) -> Answer:
    """
    What a test drive, a rental or a reservation of a car would cost, good for half an hour.

    Nothing is kept: the signed `quote` is handed back to hold the car at this price.
    """
    query_params(request, ())
    said = await read_body(request, WantedQuote)
    quote = await _booking(request).quote(CarId(car_id), BookingKind(said.kind), Period(said.start, said.end))
    return json_answer(quote_view(quote, _quotes(request).encode(quote)))


@post(
    "/v1/bookings",
    opt={
        **SMALL,
        **about("booking", ok=BookingView, status=201, body=NewBooking, parameters=[KEY], errors=(404, 409)),
    },
)
async def hold_car(request: Request[Any, Any, Any]) -> Answer:
    """
    Hold a car for ten minutes at what was quoted; from then on nobody else can have it in that time.

    With an Idempotency-Key the same request has one effect, and its repeat answers with the booking as it is.
    """
    query_params(request, ())
    key = key_of(request)
    said = await read_body(request, NewBooking)
    fingerprint = fingerprint_of(request, await request.body()) if key else None
    quote = _quotes(request).decode(said.quote)
    booking = await _booking(request).hold(request.user, quote, key=key, fingerprint=fingerprint)
    return _shown(request, booking, status=201, headers={"Location": f"/v1/bookings/{booking.id}"})


@get(
    "/v1/bookings",
    opt={
        **for_users(),
        **about("booking", ok=BookingPage, errors=(400, 422), parameters=[STATUS, OF_MY_CARS, CURSOR, LIMIT]),
    },
)
async def list_bookings(request: Request[Any, Any, Any]) -> Answer:
    """One's own bookings by id; or, on demand, those of the cars that one offers."""
    params = query_params(request, ("status", "of_my_cars", "cursor", "limit"))
    statuses = frozenset(_status(text) for text in params.get("status", ()))
    of_my_cars = flag(params, "of_my_cars", default=False)
    actor: Actor = request.user
    paging = paged_by_id(request, params, BookingId, of="bookings", asked=[sorted(statuses), of_my_cars, actor])
    found = await _booking(request).find(
        actor, of_my_cars=of_my_cars, statuses=statuses, after=paging.after, limit=paging.looked_at
    )
    shown, following = paging.page(found, lambda booking: booking.id)
    return json_answer(BookingPage(bookings=tuple(booking_view(each, actor) for each in shown), next=following))


@get(
    "/v1/bookings/{booking_id:uuid}",
    opt={**for_users(), **about("booking", ok=BookingView, errors=(404, 422), also={304: "You have it."})},
)
async def show_booking(request: Request[Any, Any, Any], booking_id: FromPath[UUID]) -> Answer:
    """Show a booking of one's own, or of one's cars."""
    query_params(request, ())
    booking = await _booking(request).get(request.user, BookingId(booking_id))
    if is_known(request, booking.version):
        return not_modified(tag(booking.version))
    return _shown(request, booking)


@post(
    "/v1/bookings/{booking_id:uuid}/decline",
    status_code=200,
    opt={**SMALL, **about("booking", ok=BookingView, body=Refusal, parameters=[IF_MATCH], errors=CHANGING)},
)
async def decline_booking(request: Request[Any, Any, Any], booking_id: FromPath[UUID]) -> Answer:
    """The dealer says no, and why."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, Refusal)
    declined = await _booking(request).decline(
        request.user, BookingId(booking_id), reason=said.reason, expected=expected
    )
    return _shown(request, declined)


@post(
    "/v1/bookings/{booking_id:uuid}/cancel",
    status_code=200,
    opt={**SMALL, **about("booking", ok=BookingView, body=Cancellation, parameters=[IF_MATCH], errors=CHANGING)},
)
async def cancel_booking(request: Request[Any, Any, Any], booking_id: FromPath[UUID]) -> Answer:
    """Call it off, as its customer or its dealer; the answer tells what comes back."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, Cancellation)
    cancelled = await _booking(request).cancel(
        request.user, BookingId(booking_id), reason=said.reason, expected=expected
    )
    return _shown(request, cancelled)


def _action(name: str, told: str) -> Any:
    """The route of an action that takes nothing but the version it was decided on."""

    async def act(request: Request[Any, Any, Any], booking_id: FromPath[UUID]) -> Answer:
        query_params(request, ())
        await read_nothing(request)
        decide: Callable[..., Awaitable[Booking]] = getattr(_booking(request), name)
        booking = await decide(request.user, BookingId(booking_id), expected=expected_version(request))
        return _shown(request, booking)

    act.__name__, act.__doc__ = f"{name}_booking", told
    said = about("booking", ok=BookingView, parameters=[IF_MATCH], errors=CHANGING)
    opt = {**for_users(rate="write", body_limit=KIB), **said}
    return post(f"/v1/bookings/{{booking_id:uuid}}/{name}", status_code=200, opt=opt)(act)


ACTIONS = [
    _action("request", "Decide for a held car; where the dealer's rule says so it is confirmed at once."),
    _action("confirm", "The dealer says yes."),
    _action("complete", "The customer had the car."),
    _action("miss", "The customer did not come."),
]


def _quotes(request: Request[Any, Any, Any]) -> QuoteCodec:
    market: Market = request.app.state.market
    return QuoteCodec(market.stock.secrets.secret("quotes"))


def _status(text: str) -> BookingStatus:
    try:
        return BookingStatus(text)
    except ValueError:
        raise InvalidError(
            "There is no such status.", field="status", value=text[:80], expected=", ".join(BookingStatus)
        ) from None


def _booking(request: Request[Any, Any, Any]) -> BookingService:
    market: Market = request.app.state.market
    return market.booking


def _shown(
    request: Request[Any, Any, Any], booking: Booking, *, status: int = 200, headers: dict[str, str] | None = None
) -> Answer:
    return json_answer(
        booking_view(booking, request.user), status=status, headers={"ETag": tag(booking.version), **(headers or {})}
    )
