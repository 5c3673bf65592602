"""
How often each address and each user may ask.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import pytest
from attrs import frozen
from httpx import ASGITransport, AsyncClient, Response

from carmarket import Settings, open_market
from carmarket.adapters.memory import MemoryClock
from carmarket.core.limits import DEFAULT_LIMITS, Limit
from carmarket.entrypoints.http.limits import Proxies
from tests.entrypoints.http.service import GOLF, Service, assert_problem, serving_market

FEW = {**DEFAULT_LIMITS, "read": Limit(3), "search": Limit(4), "write": Limit(2)}
PROXY = "10.0.0.1"


@frozen(kw_only=True)
class Door:
    """A service that few may come to, and its clock."""

    service: Service
    clock: MemoryClock

    async def ask(
        self, method: str, path: str, who: str | None = None, *, at: str = "192.0.2.1", **said: Any
    ) -> Response:
        """A request from this address."""
        transport = ASGITransport(app=cast("Any", self.service.app), client=(at, 4711))
        headers = dict(said.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.service.token(who)}"
        async with AsyncClient(transport=transport, base_url="http://market.example") as client:
            return await client.request(method, path, headers=headers, **said)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    clock = MemoryClock()
    settings = Settings(url="memory://", limits=FEW, trusted_proxies=("10.0.0.0/8", "fd00::1"))
    async with open_market(settings, clock=clock) as market, serving_market(market, settings) as service:
        yield Door(service=service, clock=clock)


async def statuses(door: Door, times: int, method: str, path: str, *others: Any, **said: Any) -> list[int]:
    return [(await door.ask(method, path, *others, **said)).status_code for _ in range(times)]


async def test_who_comes_too_often_is_told_when_to_come_again(door):
    assert await statuses(door, 3, "GET", "/openapi.json") == [200] * 3

    answer = await door.ask("GET", "/openapi.json")

    assert_problem(answer, 429, "too-often")
    assert answer.headers["retry-after"] == "20"
    assert answer.headers["ratelimit-policy"] == '"read";q=3;w=60'
    assert answer.headers["ratelimit"] == '"read";r=0;t=60'
    door.clock.advance(timedelta(seconds=20))
    assert await statuses(door, 2, "GET", "/openapi.json") == [200, 429]


async def test_every_answer_tells_what_is_left(door):
    answer = await door.ask("GET", "/v1/cars")

    assert answer.headers["ratelimit-policy"] == '"search";q=4;w=60'
    assert answer.headers["ratelimit"] == '"search";r=3;t=15'


async def test_addresses_are_counted_each_for_itself(door):
    assert await statuses(door, 4, "GET", "/v1/cars", at="192.0.2.1") == [200] * 4

    assert await statuses(door, 1, "GET", "/v1/cars", at="192.0.2.2") == [200]
    assert await statuses(door, 1, "GET", "/v1/cars", at="192.0.2.1") == [429]


async def test_an_owner_of_many_addresses_is_one(door):
    found = [(await door.ask("GET", "/v1/cars", at=f"2001:db8:1:2::{number:x}")).status_code for number in range(1, 6)]

    assert found == [200] * 4 + [429]
    assert await statuses(door, 1, "GET", "/v1/cars", at="2001:db8:1:3::1") == [200]


async def test_a_user_is_counted_from_all_addresses_together(door):
    found = [(await door.ask("GET", "/v1/listings", "dealer", at=f"192.0.2.{n}")).status_code for n in range(4)]

    assert found == [200, 200, 200, 429]
    assert await statuses(door, 1, "GET", "/v1/listings", "other dealer", at="192.0.2.9") == [200]


async def test_classes_of_requests_are_counted_each_for_itself(door):
    assert await statuses(door, 3, "POST", "/v1/listings", "dealer", json=GOLF) == [201, 201, 429]

    assert await statuses(door, 1, "GET", "/v1/listings", "dealer") == [200]


async def test_guessing_tokens_is_counted_too(door):
    found = await statuses(door, 4, "GET", "/v1/listings", headers={"Authorization": "Bearer guessed"})

    assert found == [401, 401, 401, 429]


async def test_pages_are_counted_and_told_in_their_own_way(door):
    assert await statuses(door, 4, "GET", "/") == [200] * 4

    answer = await door.ask("GET", "/")

    assert answer.status_code == 429
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["retry-after"] == "15"


async def test_doors_of_accounts_are_narrower_on_pages_and_over_rest(door):
    form = {"data": {"email": "a@example.com"}, "headers": {"Sec-Fetch-Site": "same-origin"}}
    pages = await statuses(door, 6, "POST", "/register", **form)
    rest = await statuses(door, 11, "POST", "/v1/sessions", json={"email": "a@example.com", "password": "wrong horse"})

    assert 413 not in pages
    assert (429 in pages[:5], pages[5]) == (False, 429)
    assert rest == [401] * 10 + [429]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/docs/docs.js", "/static/shop.css"])
async def test_health_figures_and_files_are_for_whoever_asks(door, path):
    answers = [await door.ask("GET", path) for _ in range(10)]

    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" not in answers[0].headers


async def test_without_limits_nobody_is_counted():
    settings = Settings(url="memory://", limits=None)
    async with open_market(settings) as market, serving_market(market, settings) as service:
        answers = [await service.ask("GET", "/openapi.json") for _ in range(20)]

    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" not in answers[0].headers


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        (PROXY, [], PROXY),
        (PROXY, ["198.51.100.7"], "198.51.100.7"),
        (PROXY, ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        (PROXY, ["203.0.113.9", "198.51.100.7 , 10.0.0.2"], "198.51.100.7"),
        (PROXY, ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        (PROXY, ["198.51.100.7, nonsense"], "nonsense"),
        (PROXY, ["2001:db8:1:2:3::4"], "2001:db8:1:2::"),
        ("fd00::1", ["198.51.100.7"], "198.51.100.7"),
        ("::ffff:192.0.2.1", [], "192.0.2.1"),
        ("fe80::1%eth0", [], "fe80::"),
        ("not:an:address", [], "not:an:address"),
    ],
    ids=str,
)
def test_a_client_is_who_the_outermost_trusted_proxy_saw(peer, forwarded, client):
    proxies = Proxies.of(("10.0.0.0/8", "fd00::1"))
    headers = [(b"x-forwarded-for", said.encode()) for said in forwarded]

    assert proxies.client({"client": (peer, 1), "headers": headers}) == client


def test_a_client_without_an_address_is_one_with_all_such():
    assert Proxies().client({"client": None, "headers": []}) == "unknown"
