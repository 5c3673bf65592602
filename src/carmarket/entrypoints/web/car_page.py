"""
The page of a car: pictures, facts, price and its history, and cars like it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from litestar import Request, Response, route
from litestar.params import FromPath
from markupsafe import Markup

from carmarket.codec.results import car_view
from carmarket.core.actor import Actor
from carmarket.core.catalog.car import Car, CarId, SellerId
from carmarket.core.catalog.ownership import seller_of
from carmarket.core.errors import NotFoundError, UnavailableError
from carmarket.core.reviews.rating import Rating
from carmarket.core.search.facets import label
from carmarket.entrypoints.web.asked import Asked
from carmarket.entrypoints.web.formats import address, odometer, power
from carmarket.entrypoints.web.headers import READ
from carmarket.entrypoints.web.price_line import price_line
from carmarket.entrypoints.web.structured import script_text, structured
from carmarket.entrypoints.web.visit import Visit, front_page, is_expected
from carmarket.services.market import Market

SIMILAR_CARS = 6


@route("/cars/{car_id:str}", http_method=READ)
async def car_page(car_id: FromPath[str], request: Request[Any, Any, Any]) -> Response[str]:
    """
    A car before the public.

    Raises: NotFoundError for a car that is not there, or an id that is none.
    """
    market: Market = request.app.state.market
    car = await market.search.car(_car_id(car_id))
    if not is_expected(request):
        return front_page(request, "car.html", await _told(market, car))
    return await show_car(await Visit.of(request), car)


async def show_car(
    visit: Visit, car: Car, error: Exception | None = None, *, said: Mapping[str, str] = MappingProxyType({})
) -> Response[str]:
    """The same page with what somebody who is logged in can do: keep the car in mind, and ask its seller."""
    values: dict[str, object] = {"error": error, "said": said}
    if visit.actor is not None:
        values |= {
            "is_kept": car.id in await _favourites(visit.market, visit.actor),
            "is_mine": car.seller == seller_of(visit.actor),
            "message_key": visit.market.stock.ids.new(),
        }
    return visit.page("car.html", {**await _told(visit.market, car), **values}, status=200 if error is None else 422)


async def _favourites(market: Market, actor: Actor) -> tuple[UUID, ...]:
    """
    What somebody keeps in mind.

    Nothing for who has erased themselves and still comes with a token, and while nobody can tell.
    """
    try:
        return (await market.users.accounts.me(actor)).favourites
    except (NotFoundError, UnavailableError):
        return ()


async def _rating(market: Market, seller: SellerId) -> Rating | None:
    """`None` while nobody can tell: a car is shown without its seller's reviews rather than not at all."""
    try:
        return await market.reviews.rating(seller)
    except UnavailableError:
        return None


async def _told(market: Market, car: Car) -> dict[str, object]:
    """What everybody sees."""
    view = car_view(car)
    return {
        "view": view,
        "car": car,
        "facts": facts(car),
        "history": tuple(reversed(car.price.history)),
        "line": price_line(car.price.history),
        "rating": await _rating(market, car.seller),
        "similar": tuple(
            (car_view(one.entry.car), one.reasons) for one in await market.search.similar(car.id, limit=SIMILAR_CARS)
        ),
        "structured": Markup(script_text(structured(view))),  # noqa: S704  it escapes what could end the script
        "same_seller": Asked({"seller": [str(car.seller)]}).href(),
        "same_model": Asked({"make": [car.vehicle.make], "model": [car.vehicle.model]}).href(),
    }


def facts(car: Car) -> tuple[tuple[str, str], ...]:
    """What is known of the car, by name; what is not known is left out."""
    vehicle = car.vehicle
    told = {
        "Condition": vehicle.condition and label(vehicle.condition),
        "Model year": vehicle.model_year and str(vehicle.model_year),
        "Odometer": car.odometer and odometer(car.odometer),
        "Body style": vehicle.body_style and label(vehicle.body_style),
        "Fuel": vehicle.fuel and label(vehicle.fuel),
        "Transmission": vehicle.transmission and label(vehicle.transmission),
        "Drivetrain": vehicle.drivetrain and label(vehicle.drivetrain),
        "Engine": vehicle.engine,
        "Power": vehicle.power and power(vehicle.power),
        "Colour": _colour(car),
        "Interior": vehicle.interior_colour and label(vehicle.interior_colour),
        "Doors": vehicle.doors and str(vehicle.doors),
        "Seats": vehicle.seats and str(vehicle.seats),
        "VIN": car.vin and str(car.vin),
        "Place": car.place and address(car.place),
    }
    return tuple((name, text) for name, text in told.items() if text)


def _colour(car: Car) -> str | None:
    """The colour with the maker's name for it."""
    colour = label(car.vehicle.colour) if car.vehicle.colour else None
    paint = car.vehicle.paint
    return f"{colour} ({paint})" if colour and paint else colour or paint


def _car_id(text: str) -> CarId:
    try:
        return CarId(UUID(text))
    except ValueError:
        raise NotFoundError("There is no such car.", field="car", value=text[:80]) from None
