"""
A shop over a market in memory: five cars that each test knows, or a lot of alike ones.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import pytest
from attrs import evolve, frozen
from httpx import ASGITransport, AsyncClient
from litestar import Litestar

from carmarket import open_market
from carmarket.adapters.memory.clock import MemoryClock, MemoryIds
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.listing import Listing
from carmarket.core.catalog.vehicle import BodyStyle, Fuel, Odometer
from carmarket.core.money import Money
from carmarket.entrypoints.web import routes
from carmarket.services.market import Market
from carmarket.testing.bookings import some_rules
from carmarket.testing.builders import NOW, an_admin
from tests.entrypoints.web.cars import DEALER, GOLF, plain, sell
from tests.entrypoints.web.front import ANNA, WORD, Front

HOSTILE = "</script><script>alert(1)</script>"


@frozen(kw_only=True)
class Shop:
    """The open shop and the cars in it."""

    browser: AsyncClient
    market: Market
    clock: MemoryClock
    cars: dict[str, Listing]


def browser_of(market: Market) -> AsyncClient:
    app = Litestar(route_handlers=list(routes()), openapi_config=None, logging_config=None)
    app.state.market = market
    return AsyncClient(transport=ASGITransport(app=cast("Any", app)), base_url="http://shop.example")


@pytest.fixture(scope="module")
async def shop():
    """Read only: shared by the tests of a module."""
    clock = MemoryClock()
    async with open_market("memory://", clock=clock, ids=MemoryIds()) as market:
        cars = {
            "golf": await sell(market, GOLF, 18_995, photos=2),
            "tiguan": await sell(
                market,
                plain("Volkswagen", "Tiguan", year=2021, body=BodyStyle.SUV, odometer=Odometer(60_500)),
                21_500,
            ),
            "leaf": await sell(
                market,
                evolve(GOLF, vehicle=evolve(GOLF.vehicle, make="Nissan", model="Leaf", trim=None, fuel=Fuel.ELECTRIC)),
                14_500,
            ),
            "x5": await sell(market, plain("BMW", "X5", year=2022, body=BodyStyle.SUV), 52_000),
            "hostile": await sell(
                market,
                evolve(
                    plain("Ford", "Fiesta", description=f"{HOSTILE}\nSecond <b>line</b>"),
                    vehicle=evolve(plain("Ford", "Fiesta").vehicle, trim=HOSTILE, features=(HOSTILE, '"><i onclick=')),
                ),
                9_000,
            ),
        }
        clock.advance(timedelta(days=10))
        await market.catalog.reprice(DEALER, cars["golf"].id, price=Money(17_495_00, "USD"))
        await market.settle()
        async with browser_of(market) as browser:
            yield Shop(browser=browser, market=market, clock=clock, cars=cars)


@pytest.fixture(scope="module")
async def big_shop():
    """Sixty alike cars: more than two pages of them."""
    clock = MemoryClock()
    async with open_market("memory://", clock=clock, ids=MemoryIds()) as market:
        cars = {str(at): await sell(market, plain("Toyota", "Corolla", year=2020), 9_000 + at) for at in range(60)}
        await market.settle()
        async with browser_of(market) as browser:
            yield Shop(browser=browser, market=market, clock=clock, cars=cars)


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    clock = MemoryClock(NOW)
    async with open_market("memory://", clock=clock) as market:
        golf = await sell(market, GOLF, 18_995)
        await market.booking.set_rules(DEALER, some_rules(seller=golf.seller, instant=frozenset({BookingKind.RENTAL})))
        await market.settle()
        await market.users.people.add(an_admin(), email=ANNA, name="Anna Berg", password=WORD)
        app = Litestar(route_handlers=list(routes()), openapi_config=None, logging_config=None)
        app.state.market = market
        transport = ASGITransport(app=cast("Any", app))
        async with AsyncClient(transport=transport, base_url="https://shop.example") as browser:
            yield Front(browser=browser, market=market, clock=clock, golf=golf)
