"""
The application as a whole: its life, and what others bring to it.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from importlib.metadata import EntryPoint
from typing import Any, cast

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import get
from litestar.testing import AsyncTestClient

from carmarket import open_market
from carmarket.config import Settings
from carmarket.entrypoints.http import app as module
from carmarket.entrypoints.http import create_app
from carmarket.entrypoints.http.answers import Answer, json_answer
from tests.entrypoints.http.service import ACTORS, GOLF


async def test_it_opens_the_market_that_the_environment_names(monkeypatch):
    monkeypatch.setenv("CARMARKET_URL", "memory://")
    async with AsyncTestClient(create_app()) as client:
        answer = await client.get("/health/ready")

    assert answer.json()["status"] == "ready"


async def test_it_runs_the_markets_jobs_while_it_lives():
    app = create_app(Settings(url="memory://"))
    async with app.lifespan(), AsyncClient(transport=ASGITransport(app=cast("Any", app)), base_url="http://x") as it:
        stock = app.state.market.stock
        token = stock.tokens.sign(ACTORS["dealer"], now=stock.clock.now(), lifetime=timedelta(minutes=5))
        headers = {"Authorization": f"Bearer {token}"}
        drafted = await it.post("/v1/listings", json=GOLF, headers=headers)
        await it.post(f"{drafted.headers['location']}/publish", headers={**headers, "If-Match": '"1"'})
        found = 0
        for _ in range(200):
            found = (await it.get("/v1/cars")).json()["total"]
            if found:
                break
            await asyncio.sleep(0.02)
        jobs = [task for task in asyncio.all_tasks() if task.get_name().startswith("job ")]

    assert found == 1
    assert jobs
    assert all(task.done() for task in jobs)


async def test_it_leaves_the_jobs_to_others_when_it_is_told_to():
    app = create_app(Settings(url="memory://"), with_workers=False)
    async with app.lifespan():
        assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("job ")]


async def test_a_market_that_is_open_already_stays_open():
    async with open_market("memory://") as market:
        app = create_app(market=market, with_workers=False)
        async with app.lifespan():
            assert app.state.market is market
        assert await market.stock.log.last() == 0


@get("/brought")
async def brought() -> Answer:
    return json_answer("brought")


def routes() -> list[Any]:
    return [brought]


@pytest.mark.parametrize(("site", "told"), [("https://cars.example", "max-age=31536000"), ("http://127.0.0.1", None)])
async def test_browsers_come_to_a_site_of_https_by_no_other_way(site, told):
    async with AsyncTestClient(create_app(Settings(url="memory://", site=site))) as client:
        answers = [await client.get(path) for path in ("/health/live", "/", "/nowhere")]

    assert [answer.headers.get("strict-transport-security") for answer in answers] == [told] * 3


async def test_installed_parts_bring_their_routes(monkeypatch):
    entry = EntryPoint("mine", f"{__name__}:routes", module.GROUP)
    monkeypatch.setattr(module, "entry_points", lambda group: [entry] if group == module.GROUP else [])
    async with AsyncTestClient(create_app(Settings(url="memory://"), with_workers=False)) as client:
        answer = await client.get("/brought")

    assert answer.json() == "brought"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_part_whose_extra_is_missing_is_left_out_and_told(monkeypatch, caplog):
    caplog.set_level(logging.WARNING)
    entry = EntryPoint("web", "no_such_package.routes:routes", module.GROUP)
    monkeypatch.setattr(module, "entry_points", lambda group: [entry] if group == module.GROUP else [])

    create_app(Settings(url="memory://"))

    assert "no_such_package" in caplog.text


def test_a_part_that_is_broken_is_not_left_out_silently(monkeypatch):
    entry = EntryPoint("web", f"{__name__}:no_such_name", module.GROUP)
    monkeypatch.setattr(module, "entry_points", lambda group: [entry] if group == module.GROUP else [])

    with pytest.raises(AttributeError):
        create_app(Settings(url="memory://"))


async def test_pages_keep_the_policy_they_have_set(shared):
    page = await shared.ask("GET", "/")

    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert page.headers.get_list("x-frame-options") == ["DENY"]
    assert page.headers["x-request-id"]
