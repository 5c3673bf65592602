"""
Pages to log in with an account elsewhere, with a provider that listens on this machine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from httpx import AsyncClient, Response

from carmarket import Settings, open_market
from carmarket.config import OidcProvider
from carmarket.core.users.second_factor import code_at
from carmarket.entrypoints.web.federated_pages import COOKIE
from carmarket.entrypoints.web.visit import ACCESS_COOKIE, FORM_FIELD, SESSION_COOKIE
from carmarket.services.market import Market
from carmarket.testing.builders import an_admin
from tests.entrypoints.web.conftest import browser_of
from tests.entrypoints.web.front import ANNA, FETCHED, token_of
from tests.entrypoints.web.markup import read
from tests.identity_server import CLIENT, SECRET, IdentityServer, running


def wall() -> float:
    return datetime.now(UTC).timestamp()


@pytest.fixture
def server() -> Iterator[IdentityServer]:
    with running(wall) as server:
        yield server


@pytest.fixture
async def market(server: IdentityServer) -> AsyncIterator[Market]:
    provider = OidcProvider(issuer=server.issuer, client_id=CLIENT, client_secret=SECRET)
    settings = Settings(url="memory://", site="https://shop.example", oidc={"here": provider})
    async with open_market(settings) as market:
        yield market


@pytest.fixture
async def browser(market: Market) -> AsyncIterator[AsyncClient]:
    async with browser_of(market) as browser:
        browser.base_url = "https://shop.example"
        yield browser


async def go(browser: AsyncClient, server: IdentityServer, **person: Any) -> str:
    """Follow the link of the log-in page, log in there, and be sent back: to this address."""
    page = await browser.get("/login?next=/bookings%3Fpage=2")
    assert 'href="/login/with/here?next=/bookings%3Fpage%3D2"' in page.text
    away = await browser.get("/login/with/here?next=/bookings%3Fpage%3D2")
    assert away.status_code == 303
    assert away.headers["location"].startswith(server.issuer)
    code, state = server.log_in(away.headers["location"], **person)
    return f"/login/back/here?{urlencode({'code': code, 'state': state})}"


async def second_factor(market: Market, browser: AsyncClient) -> str:
    """Anna, who has no password, turns it on and logs out; the secret that her device keeps."""
    user = await market.users.people.by_email(an_admin(), ANNA)
    actor = await market.users.sessions.actor_of(user)
    secret = (await market.users.second_factors.prepare(actor, password="")).secret
    await market.users.second_factors.confirm(actor, code=code_at(secret, int(wall()) // 30 - 1))
    log_out(browser)
    return secret


def log_out(browser: AsyncClient) -> None:
    for name in (ACCESS_COOKIE, SESSION_COOKIE):
        browser.cookies.delete(name)


async def send_code(browser: AsyncClient, asked: Response, code: str) -> Response:
    """Fill in the form that asks for the second factor."""
    ticket = next(one for one in read(asked.text).within() if one.attrs.get("name") == "ticket").attrs["value"]
    fields = {"ticket": ticket, "code": code, "next": "/bookings?page=2", FORM_FIELD: token_of(asked)}
    return await browser.post("/login/code", data=fields, headers=FETCHED)


async def test_somebody_logs_in_elsewhere_and_is_back_where_they_came_from(browser, server, market):
    back = await browser.get(await go(browser, server))

    assert (back.status_code, back.headers["location"]) == (303, "/bookings?page=2")
    assert COOKIE not in browser.cookies
    assert ANNA in (await browser.get("/account")).text


async def test_without_providers_none_is_offered():
    async with open_market("memory://") as market, browser_of(market) as browser:
        assert "/login/with/" not in (await browser.get("/login")).text
        assert (await browser.get("/login/with/here")).status_code == 404


async def test_who_has_a_second_factor_is_asked_for_its_code(browser, server, market):
    await browser.get(await go(browser, server))
    secret = await second_factor(market, browser)
    asked = await browser.get(await go(browser, server))
    assert SESSION_COOKIE not in browser.cookies

    wrong = await send_code(browser, asked, "000000")
    right = await send_code(browser, wrong, code_at(secret, int(wall()) // 30))

    assert (asked.status_code, wrong.status_code) == (200, 401)
    assert (right.status_code, right.headers["location"]) == (303, "/bookings?page=2")
    assert ANNA in (await browser.get("/account")).text


async def test_a_ticket_that_is_none_begins_anew(browser, server):
    await browser.get(await go(browser, server))
    log_out(browser)
    login = await browser.get("/login")

    answer = await browser.post(
        "/login/code", data={"ticket": "x", "code": "1", FORM_FIELD: token_of(login)}, headers=FETCHED
    )

    assert answer.status_code == 401
    assert "/login/with/here" in answer.text


@pytest.mark.parametrize("said", ["?error=access_denied", "", "?code=x&state=y"])
async def test_who_comes_back_with_nothing_is_told_so(browser, server, said):
    await go(browser, server)

    answer = await browser.get(f"/login/back/here{said}")

    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert SESSION_COOKIE not in browser.cookies


async def test_what_another_browser_began_logs_nobody_in(browser, server, market):
    """Somebody is sent the link by which a stranger would come back: they would be in the stranger's account."""
    stranger = await go(browser, server, sub="mallory-1", email="mallory@example.com")
    browser.cookies.clear()

    answer = await browser.get(stranger)

    assert answer.status_code == 401
    assert SESSION_COOKIE not in browser.cookies


async def test_a_way_back_that_leads_elsewhere_leads_to_the_front_page(browser, server):
    away = await browser.get("/login/with/here?next=//evil.example/")
    code, state = server.log_in(away.headers["location"])

    back = await browser.get(f"/login/back/here?{urlencode({'code': code, 'state': state})}")

    assert back.headers["location"] == "/"
