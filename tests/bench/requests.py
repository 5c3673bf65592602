"""
G1: CPU for a search page through the whole application without I/O, beside bare ASGI with msgspec and beside FastAPI.

All three get the same twenty cars from a stand-in for the index, so what is measured is the way there and back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from time import process_time
from typing import Annotated, Any
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from attrs import evolve
from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict

from carmarket import open_market
from carmarket.codec.cursors import CursorCodec
from carmarket.codec.results import SearchView, search_view
from carmarket.config import Settings
from carmarket.core.catalog.car import Car, CarId
from carmarket.core.catalog.events import ListingEvent
from carmarket.core.catalog.vehicle import BodyStyle, Colour, Condition, Drivetrain, Fuel, Transmission
from carmarket.core.limits import DEFAULT_LIMITS, Limit
from carmarket.core.search.page import Cursor, Hit, Page
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.reading import Known
from carmarket.entrypoints.http import create_app
from tests.bench.clock import goal
from tests.bench.events import a_full_event

REQUESTS = 200
QUERY = b"words=golf&fuel=petrol&price_max=20000&year_min=2015&sort=price&facets=false&limit=20"
App = Callable[[Any, Any, Any], Awaitable[None]]


def twenty_cars() -> list[Car]:
    event = a_full_event()
    assert isinstance(event, ListingEvent)
    assert event.after is not None
    return [evolve(event.after, id=CarId(UUID(int=n))) for n in range(20)]


class StandIn:
    """An index that always finds the same page, at no cost."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def find(self, *_: Any, **__: Any) -> Page:
        return self.page

    async def known(self, words: Any) -> Known:
        return Known(words=frozenset(words))


async def ask(app: App, query: bytes = QUERY) -> bytes:
    """One GET of a search page, straight into the application."""
    body: list[bytes] = []
    status: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])
        else:
            body.append(message.get("body", b""))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/v1/cars", "raw_path": b"/v1/cars", "query_string": query, "root_path": "",
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    assert status == [200], (status, b"".join(body)[:500])
    return b"".join(body)


def bare(view: SearchView) -> App:
    encoder = msgspec.json.Encoder()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del receive
        parse_qs(scope["query_string"].decode())
        body = encoder.encode(view)
        await send({
            "type": "http.response.start", "status": 200,
            "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        })  # fmt: skip
        await send({"type": "http.response.body", "body": body})

    return app


class Out(BaseModel):
    """Models as FastAPI's users write them: nested, typed, read from the attributes of what the store gave."""

    model_config = ConfigDict(from_attributes=True)


class MoneyOut(Out):
    amount: int
    currency: str


class PointOut(Out):
    latitude: float
    longitude: float


class PlaceOut(Out):
    country: str | None
    region: str | None
    city: str | None
    postcode: str | None
    point: PointOut | None
    time_zone: str | None


class MeasureOut(Out):
    value: int
    unit: str


class VehicleOut(Out):
    make: str
    model: str
    trim: str | None
    model_year: int | None
    body_style: BodyStyle | None
    fuel: Fuel | None
    transmission: Transmission | None
    drivetrain: Drivetrain | None
    engine: str | None
    power: MeasureOut | None
    colour: Colour | None
    paint: str | None
    interior_colour: Colour | None
    doors: int | None
    seats: int | None
    condition: Condition | None
    features: list[str]


class PriceOut(Out):
    at: datetime
    price: MoneyOut


class PricesOut(Out):
    history: list[PriceOut]


class CarOut(Out):
    id: UUID
    version: int
    seller: UUID
    vehicle: VehicleOut
    price: PricesOut
    vin: str | None
    odometer: MeasureOut | None
    place: PlaceOut | None
    description: str
    photos: list[str]
    published_at: datetime


class HitOut(Out):
    car: CarOut
    title: str
    price: MoneyOut


class PageOut(Out):
    total: int
    cars: list[HitOut]


def fastapi_app(view: SearchView) -> App:
    app = FastAPI()

    @app.get("/v1/cars", response_model=PageOut)
    async def search(  # noqa: PLR0917  FastAPI's own way
        words: str = "",
        fuel: Annotated[list[Fuel], Query()] = [],  # noqa: B006  FastAPI's own way
        price_max: float | None = None,
        year_min: int | None = None,
        sort: str = "relevance",
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> Any:
        del words, fuel, price_max, year_min, sort, limit
        return view

    return app


def g1() -> dict[str, Any]:
    return asyncio.run(_g1())


async def _g1() -> dict[str, Any]:
    page = Page(hits=tuple(Hit(car=car) for car in twenty_cars()), total=20)
    view = search_view(page, (), SearchQuery(), CursorCodec(Cursor, b"0" * 32))
    plenty = {name: Limit(10**9) for name in DEFAULT_LIMITS}
    async with open_market(Settings(url="memory://", limits=plenty)) as market:
        stand_in: Any = StandIn(page)
        stocked = evolve(market, search=evolve(market.search, index=stand_in))
        app = create_app(market=stocked, with_workers=False)
        async with app.lifespan():
            apps: dict[str, Any] = {"ours": app, "limit": bare(view), "peer": fastapi_app(view)}
            for one in apps.values():
                await ask(one)
            return _compare(await _measure(apps))


async def _measure(apps: dict[str, App]) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in apps}
    for _ in range(9):
        for name, app in apps.items():
            start = process_time()
            for _ in range(REQUESTS):
                await ask(app)
            taken[name].append((process_time() - start) / REQUESTS * 1e6)
    return {name: sorted(times)[len(times) // 2] for name, times in taken.items()}


def _compare(taken: dict[str, float]) -> dict[str, Any]:
    ours, limit, peer = taken["ours"], taken["limit"], taken["peer"]
    return goal(
        ours=ours, limit=limit, peer=peer, target="<= 6x limit; FastAPI >= 2.3x ours",
        met=ours <= 6 * limit and peer >= 2.3 * ours, unit="us CPU a request", more_is_better=False,
    )  # fmt: skip
