"""
Pages to ask a seller about a car and to write on; for sellers, the list of who waits for an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from carmarket.codec.enquiries import enquiry_line, enquiry_view
from carmarket.core.catalog.car import CarId
from carmarket.core.enquiries.enquiry import Enquiry, EnquiryId
from carmarket.core.errors import CarmarketError, NotFoundError
from carmarket.core.side import Side
from carmarket.core.users.ids import UserId
from carmarket.core.users.roles import Permission, allows
from carmarket.entrypoints.web.car_page import show_car
from carmarket.entrypoints.web.limits import WRITE
from carmarket.entrypoints.web.visit import Visit
from carmarket.services.enquiries import sides_in

SHOWN = 50


@post("/cars/{car_id:uuid}/ask", status_code=200, opt=WRITE)
async def ask(request: Request[Any, Any, Any], car_id: FromPath[UUID]) -> Response[str]:
    """Ask about a car; the form's own key makes a repeat the same message."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    car = await visit.market.search.car(CarId(car_id))
    try:
        enquiry = await visit.market.enquiries.ask(actor, car.id, text=said.get("text", ""), key=_key(said))
    except CarmarketError as error:
        return await show_car(visit, car, error, said=said)
    return visit.see(f"/enquiries/{enquiry.id}")


@get("/enquiries")
async def enquiries_page(request: Request[Any, Any, Any]) -> Response[str]:
    """What one has asked, and below it what others ask about the cars that one offers."""
    visit = await Visit.of(request)
    actor, enquiries = visit.demand_actor(), visit.market.enquiries
    may_answer = allows(actor.roles, Permission.ANSWER)
    leads = await enquiries.find(actor, of_my_cars=True, limit=SHOWN) if may_answer else ()
    values = {
        "mine": [await _named(visit, one) for one in await enquiries.find(actor, limit=SHOWN)],
        "leads": [await _named(visit, one) for one in leads],
        "names": await _names(visit),
    }
    return visit.page("enquiries.html", values)


@get("/enquiries/{enquiry_id:uuid}")
async def enquiry_page(request: Request[Any, Any, Any], enquiry_id: FromPath[UUID]) -> Response[str]:
    """All that was written, which is seen by that; and a form to write on."""
    visit = await Visit.of(request)
    return await _show(visit, EnquiryId(enquiry_id))


@post("/enquiries/{enquiry_id:uuid}", status_code=200, opt=WRITE)
async def write_on(request: Request[Any, Any, Any], enquiry_id: FromPath[UUID]) -> Response[str]:
    """Write another message."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    known = EnquiryId(enquiry_id)
    try:
        await visit.market.enquiries.write(actor, known, text=said.get("text", ""), key=_key(said))
    except CarmarketError as error:
        return await _show(visit, known, error, said=said)
    return visit.see(f"/enquiries/{enquiry_id}")


@post("/enquiries/{enquiry_id:uuid}/{action:str}", status_code=200, opt=WRITE)
async def act(request: Request[Any, Any, Any], enquiry_id: FromPath[UUID], action: FromPath[str]) -> Response[str]:
    """Answer it oneself, leave it to others, or put it away."""
    visit = await Visit.of(request)
    actor, known, enquiries = visit.demand_actor(), EnquiryId(enquiry_id), visit.market.enquiries
    await visit.form()
    steps = {
        "take": lambda: enquiries.assign(actor, known, actor.user_id),
        "leave": lambda: enquiries.assign(actor, known, None),
        "close": lambda: enquiries.close(actor, known),
    }
    if action not in steps:
        raise NotFoundError("There is no such step.", field="action", value=action[:40])
    try:
        await steps[action]()
    except CarmarketError as error:
        return await _show(visit, known, error)
    return visit.see(f"/enquiries/{enquiry_id}")


async def _show(
    visit: Visit,
    enquiry_id: EnquiryId,
    error: Exception | None = None,
    *,
    said: Mapping[str, str] = MappingProxyType({}),
) -> Response[str]:
    actor, enquiries = visit.demand_actor(), visit.market.enquiries
    enquiry = await enquiries.get(actor, enquiry_id)
    sides = sides_in(actor, enquiry)
    if sides:
        enquiry = await enquiries.read(actor, enquiry_id)
    values = {
        "view": enquiry_view(enquiry, actor),
        "title": await _title(visit, enquiry.car_id),
        "side": next((side.value for side in (Side.SELLER, Side.CUSTOMER) if side in sides), ""),
        "names": await _names(visit),
        "message_key": visit.market.stock.ids.new(),
        "said": said,
        "error": error,
    }
    return visit.page("enquiry.html", values, status=200 if error is None else 422)


async def _named(visit: Visit, enquiry: Enquiry) -> dict[str, object]:
    return {"line": enquiry_line(enquiry, visit.demand_actor()), "title": await _title(visit, enquiry.car_id)}


async def _title(visit: Visit, car_id: CarId) -> str:
    """A car that is no longer before the public has lost its name."""
    try:
        return (await visit.market.search.car(car_id)).vehicle.title
    except NotFoundError:
        return "A car that is gone"


async def _names(visit: Visit) -> Mapping[UserId, str]:
    """Who answers, by name: for who may know who works there; everybody else knows themselves alone."""
    actor = visit.demand_actor()
    names: dict[UserId, str] = {}
    if actor.dealer_id is not None and allows(actor.roles, Permission.MANAGE):
        try:
            staff = await visit.market.users.staff.staff(actor, actor.dealer_id)
        except NotFoundError:
            staff = ()
        names = {one.id: one.name for one in staff}
    return names | {actor.user_id: "You"}


def _key(said: Mapping[str, str]) -> str | None:
    """Given out with the form."""
    return said.get("key", "")[:80] or None
