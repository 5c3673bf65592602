"""
The cars that somebody keeps in mind.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from carmarket.codec.results import CarView, car_view
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import CarmarketError, NotFoundError
from carmarket.entrypoints.web.car_page import show_car
from carmarket.entrypoints.web.limits import WRITE
from carmarket.entrypoints.web.visit import Visit, safe_path


@get("/favourites")
async def favourites_page(request: Request[Any, Any, Any]) -> Response[str]:
    """The cars, the last that was kept first."""
    visit = await Visit.of(request)
    user = await visit.market.users.accounts.me(visit.demand_actor())
    found = [(car_id, await _shown(visit, CarId(car_id))) for car_id in user.favourites]
    values = {
        "cars": [view for _, view in found if view is not None],
        "gone": [car_id for car_id, view in found if view is None],
    }
    return visit.page("favourites.html", values)


@post("/cars/{car_id:uuid}/keep", status_code=200, opt=WRITE)
async def keep(request: Request[Any, Any, Any], car_id: FromPath[UUID]) -> Response[str]:
    """Keep a car in mind that is before the public."""
    visit = await Visit.of(request)
    actor = visit.demand_actor()
    await visit.form()
    car = await visit.market.search.car(CarId(car_id))
    try:
        await visit.market.users.accounts.like(actor, car.id)
    except CarmarketError as error:
        return await show_car(visit, car, error)
    return visit.see(f"/cars/{car_id}")


@post("/cars/{car_id:uuid}/forget", status_code=200, opt=WRITE)
async def forget(request: Request[Any, Any, Any], car_id: FromPath[UUID]) -> Response[str]:
    """No longer keep a car in mind, be it gone or not."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    await visit.market.users.accounts.unlike(actor, car_id)
    return visit.see(safe_path(said.get("next", f"/cars/{car_id}")))


async def _shown(visit: Visit, car_id: CarId) -> CarView | None:
    try:
        return car_view(await visit.market.search.car(car_id))
    except NotFoundError:
        return None
