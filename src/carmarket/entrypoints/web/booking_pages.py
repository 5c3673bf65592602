"""
Pages to book a car, to see one's bookings and to call them off; and for dealers, to answer them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.params import FromPath

from carmarket.codec.bookings import OFFERED, booking_view
from carmarket.codec.quotes import QuoteCodec
from carmarket.codec.reviews import offered
from carmarket.core.booking.booking import Booking, BookingId
from carmarket.core.booking.calendar import LATEST
from carmarket.core.booking.hours import zone_of
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.errors import CarmarketError, InvalidError, NotFoundError
from carmarket.core.period import Period
from carmarket.entrypoints.web.limits import WRITE
from carmarket.entrypoints.web.visit import Visit

SHOWN = 50
PAGE = 500
AHEAD = 14
"""Days of slots that are shown at once."""
ANSWERS = frozenset({"confirm", "complete", "miss"})


@get("/cars/{car_id:uuid}/book")
async def book_page(request: Request[Any, Any, Any], car_id: FromPath[UUID]) -> Response[str]:
    """Choose a slot for a test drive, or days for a rental or a reservation."""
    visit = await Visit.of(request)
    visit.demand_actor()
    return await _choose(visit, CarId(car_id), request.query_params.get("kind", BookingKind.TEST_DRIVE.value))


@post("/cars/{car_id:uuid}/book", status_code=200, opt=WRITE)
async def quote_car(request: Request[Any, Any, Any], car_id: FromPath[UUID]) -> Response[str]:
    """Show what it would cost, with a button that books it at that price."""
    visit = await Visit.of(request)
    visit.demand_actor()
    said = await visit.form()
    kind = said.get("kind", "")
    try:
        car = await visit.market.search.car(CarId(car_id))
        period = await _period(visit, car.seller, said)
        quote = await visit.market.booking.quote(CarId(car_id), BookingKind(kind), period)
    except (CarmarketError, ValueError) as error:
        return await _choose(visit, CarId(car_id), kind, error)
    zone = await _zone(visit, car.seller)
    return visit.page("quote.html", {"car": car, "quote": quote, "zone": zone, "signed": _quotes(visit).encode(quote)})


@post("/bookings", status_code=200, opt=WRITE)
async def book(request: Request[Any, Any, Any]) -> Response[str]:
    """Hold the car and ask for it in one step; the form's own token makes a repeat the same booking."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    booking = visit.market.booking
    text = said.get("quote", "")
    quote = _quotes(visit).decode(text)
    try:
        held = await booking.hold(actor, quote, key=f"page:{text[-43:]}", fingerprint=text)
        if "request" in booking_view(held, actor).actions:
            held = await booking.request(actor, held.id)
    except CarmarketError as error:
        return await _choose(visit, quote.car_id, quote.kind.value, error)
    return visit.see(f"/bookings/{held.id}")


@get("/bookings")
async def bookings_page(request: Request[Any, Any, Any]) -> Response[str]:
    """One's own bookings, and below them those of the cars that one offers."""
    visit = await Visit.of(request)
    actor = visit.demand_actor()
    booking = visit.market.booking
    mine = await _newest(lambda after: booking.find(actor, after=after, limit=PAGE))
    of_my_cars = await _newest(lambda after: booking.find(actor, of_my_cars=True, after=after, limit=PAGE))
    values = {"mine": [await _named(visit, one) for one in mine],
              "of_my_cars": [await _named(visit, one) for one in of_my_cars]}  # fmt: skip
    return visit.page("bookings.html", values)


@get("/bookings/{booking_id:uuid}")
async def booking_page(request: Request[Any, Any, Any], booking_id: FromPath[UUID]) -> Response[str]:
    """One booking, and what can be done with it now."""
    visit = await Visit.of(request)
    return await show_booking(visit, BookingId(booking_id))


@post("/bookings/{booking_id:uuid}/{action:str}", status_code=200, opt=WRITE)
async def act(request: Request[Any, Any, Any], booking_id: FromPath[UUID], action: FromPath[str]) -> Response[str]:
    """Take one of the steps that the page offers."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    booking, known = visit.market.booking, BookingId(booking_id)
    try:
        if action == "cancel":
            await booking.cancel(actor, known, reason=said.get("reason", ""))
        elif action == "decline":
            await booking.decline(actor, known, reason=said.get("reason", ""))
        elif action in ANSWERS:
            await {"confirm": booking.confirm, "complete": booking.complete, "miss": booking.miss}[action](actor, known)
        else:
            raise NotFoundError("There is no such step.", field="action", value=action[:40])
    except CarmarketError as error:
        return await show_booking(visit, known, error)
    return visit.see(f"/bookings/{booking_id}")


async def show_booking(
    visit: Visit,
    booking_id: BookingId,
    error: Exception | None = None,
    *,
    said: Mapping[str, str] = MappingProxyType({}),
) -> Response[str]:
    """The page of a booking; of a completed one with what both sides have said of it."""
    actor, reviews = visit.demand_actor(), visit.market.reviews
    booking = await visit.market.booking.get(actor, booking_id)
    values = {
        **await _named(visit, booking),
        "view": booking_view(booking, actor),
        "reviews": [(one, offered(one, actor)) for one in await reviews.of_booking(actor, booking_id)],
        "may_review": await reviews.may_write(actor, booking_id),
        "said": said,
        "error": error,
    }
    return visit.page("booking.html", values, status=200 if error is None else 422)


async def _choose(visit: Visit, car_id: CarId, kind: str, error: Exception | None = None) -> Response[str]:
    car = await visit.market.search.car(car_id)
    slots: dict[date, list[Period]] = {}
    closed: Exception | None = None
    zone = await _zone(visit, car.seller)
    today = visit.market.stock.clock.now().astimezone(zone).date()
    try:
        for slot in (await visit.market.booking.calendar(car_id, today, today + timedelta(days=AHEAD))).slots:
            slots.setdefault(slot.start.astimezone(zone).date(), []).append(slot)
    except CarmarketError as reason:
        closed = reason
    values = {
        "car": car, "kinds": OFFERED, "kind": kind if kind in OFFERED else OFFERED[0], "slots": slots, "today": today,
        "zone": zone, "closed": closed, "error": error,
    }  # fmt: skip
    return visit.page("book.html", values, status=200 if error is None else 422)


async def _newest(page: Callable[[BookingId | None], Awaitable[Sequence[Booking]]]) -> Sequence[Booking]:
    """The newest of all, the last one first; the service gives them by id, which says nothing of their age."""
    kept: list[Booking] = []
    after: BookingId | None = None
    while batch := await page(after):
        after = batch[-1].id
        kept = sorted([*kept, *batch], key=lambda one: one.created_at, reverse=True)[:SHOWN]
    return kept


async def _named(visit: Visit, booking: Booking) -> dict[str, Any]:
    """The booking with its car's name; a car that is no longer before the public has lost its name."""
    try:
        title = (await visit.market.search.car(booking.car_id)).vehicle.title
    except NotFoundError:
        title = "A car that is gone"
    return {"booking": booking, "title": title, "zone": await _zone(visit, booking.seller)}


async def _period(visit: Visit, seller: SellerId, said: Mapping[str, str]) -> Period:
    """A slot by its start and end, or whole days by the dealer's clock."""
    if said.get("kind") == BookingKind.TEST_DRIVE:
        start, _, end = said.get("slot", "").partition("/")
        try:
            return Period(datetime.fromisoformat(start), datetime.fromisoformat(end))
        except ValueError:
            raise InvalidError("Choose a time.", field="slot", expected="one of the times") from None
    zone = await _zone(visit, seller)
    try:
        first, last = date.fromisoformat(said.get("first", "")), date.fromisoformat(said.get("last", ""))
    except ValueError:
        raise InvalidError("Choose the days.", field="first", expected="a first and a last day") from None
    if last > LATEST:
        raise InvalidError("Choose the days.", field="last", value=last.isoformat(), expected="a day that comes")
    return Period(datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone))


async def _zone(visit: Visit, seller: SellerId) -> ZoneInfo:
    """The clock of the dealer whose car it is."""
    return zone_of(await visit.market.booking.time_zone(seller))


def _quotes(visit: Visit) -> QuoteCodec:
    return QuoteCodec(visit.market.stock.secrets.secret("quotes"))
