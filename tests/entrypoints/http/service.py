"""
A REST service over a market in memory, and those who call it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from attrs import frozen
from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar

from carmarket import Actor, Role, open_market
from carmarket.config import Settings
from carmarket.core.actor import UserId
from carmarket.entrypoints.http import create_app
from carmarket.services.market import Market
from carmarket.testing.builders import a_dealer, an_admin

PROBLEM = "application/problem+json"
GOLF: dict[str, Any] = {
    "details": {
        "vehicle": {"make": "Volkswagen", "model": "Golf", "model_year": 2019, "features": ["Sunroof"]},
        "odometer": {"value": 41_200, "unit": "mi"},
        "place": {"country": "US", "city": "Dayton", "point": {"latitude": 39.76, "longitude": -84.19}},
    },
    "price": {"amount": 1_899_500, "currency": "USD"},
}
CUSTOMER = Actor(user_id=UserId(UUID(int=77)))
MODERATOR = Actor(user_id=UserId(UUID(int=88)), roles=frozenset({Role.MODERATOR}))
NEW_DEALER = a_dealer(7, is_trusted=False)
ACTORS = {
    "customer": CUSTOMER,
    "other customer": Actor(user_id=UserId(UUID(int=78))),
    "dealer": a_dealer(),
    "other dealer": a_dealer(1),
    "new dealer": NEW_DEALER,
    "moderator": MODERATOR,
    "admin": an_admin(),
}


@frozen(kw_only=True)
class Service:
    """The app, what it stands on, and a client without a name."""

    app: Litestar
    market: Market
    client: AsyncClient

    def token(self, who: str | Actor, *, lifetime: timedelta = timedelta(minutes=15)) -> str:
        actor = ACTORS[who] if isinstance(who, str) else who
        stock = self.market.stock
        return stock.tokens.sign(actor, now=stock.clock.now(), lifetime=lifetime)

    async def ask(self, method: str, path: str, who: str | None = None, **said: Any) -> Response:
        """A request; `etag` becomes its If-Match."""
        headers = dict(said.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.token(who)}"
        if (etag := said.pop("etag", None)) is not None:
            headers["If-Match"] = etag
        return await self.client.request(method, path, headers=headers, **said)

    async def draft(self, who: str = "dealer", **said: Any) -> Response:
        answer = await self.ask("POST", "/v1/listings", who, json={**GOLF, **said})
        assert answer.status_code == 201, answer.text
        return answer

    async def act(self, drafted: Response, action: str, who: str = "dealer", **said: Any) -> Response:
        """An action on what an earlier answer shows."""
        path = f"/v1/listings/{drafted.json()['id']}/{action}"
        return await self.ask("POST", path, who, etag=drafted.headers["etag"], **said)

    async def publish(self, **said: Any) -> Response:
        """A car before the public, that can be found."""
        published = await self.act(await self.draft(**said), "publish")
        assert published.json()["status"] == "published", published.text
        await self.market.settle()
        return published


@asynccontextmanager
async def serving(where: str | Settings = "memory://") -> AsyncIterator[Service]:
    """Over a URL nobody comes too often, and webhooks are on this machine; Settings say it themselves."""
    settings = where if isinstance(where, Settings) else Settings(url=where, limits=None, webhooks_to_loopback=True)
    async with open_market(settings) as market, serving_market(market, settings) as service:
        yield service


@asynccontextmanager
async def serving_market(market: Market, settings: Settings | None = None) -> AsyncIterator[Service]:
    app = create_app(settings, market=market, with_workers=False)
    transport = ASGITransport(app=cast("Any", app))
    async with app.lifespan(), AsyncClient(transport=transport, base_url="http://market.example") as client:
        yield Service(app=app, market=market, client=client)


def assert_problem(answer: Response, status: int, code: str, **members: Any) -> dict[str, Any]:
    """The answer is problem details with this status and code, and these members."""
    assert answer.headers["content-type"] == PROBLEM, (answer.headers, answer.text)
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code), problem
    assert problem["type"] == f"urn:carmarket:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    assert {name: problem.get(name) for name in members} == members
    return problem
