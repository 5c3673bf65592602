"""
What surrounds every route: limits on time and size, headers, a line in the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar, get, post
from litestar.exceptions import InternalServerException
from litestar.params import RawBody

from carmarket.entrypoints.http.access import OPT, Rule
from carmarket.entrypoints.http.answers import Answer, json_answer
from carmarket.entrypoints.http.app import surroundings
from carmarket.entrypoints.http.limits import Proxies
from tests.entrypoints.http.service import GOLF, PROBLEM, assert_problem


@get("/slow", opt={OPT: Rule(access="open", deadline=0.05)})
async def slow() -> Answer:
    await asyncio.sleep(30)
    return json_answer("done")


@post("/small", opt={OPT: Rule(access="open", body_limit=10)}, status_code=200)
async def small(body: RawBody) -> Answer:
    return json_answer(len(body))


@get("/broken")
async def broken() -> Answer:
    raise InternalServerException("the secret is 4711")


@get("/plain")
async def plain() -> Answer:
    return Answer(body=b"hello", media_type="text/html", headers={"X-Frame-Options": "SAMEORIGIN"})


@pytest.fixture
async def client(shared):
    app = Litestar([slow, small, plain, broken], openapi_config=None, logging_config=None, **surroundings())
    app.state.ids, app.state.market = shared.market.stock.ids, shared.market
    app.state.proxies = Proxies()
    async with AsyncClient(transport=ASGITransport(app=cast("Any", app)), base_url="http://x") as opened:
        yield opened


async def test_a_defect_of_the_framework_is_no_more_told_than_ours(client):
    answer = await client.get("/broken")

    assert_problem(answer, 500, "internal-error")
    assert "4711" not in answer.text


async def test_what_takes_too_long_is_told_so(client):
    answer = await client.get("/slow")

    assert_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(("size", "status"), [(0, 200), (10, 200), (11, 413)])
@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_is_taken_up_to_its_limit(client, size, status, announced):
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(size):
            yield b"x"

    answer = await client.post("/small", content=b"x" * size if announced else pieces())

    assert answer.status_code == status
    assert answer.headers["content-type"] == ("application/json" if status == 200 else PROBLEM)


async def test_an_announced_length_is_not_believed_when_more_comes(client):
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x"

    answer = await client.post("/small", content=pieces(), headers={"Content-Length": "5"})

    assert_problem(answer, 413, "too-large")


async def test_a_header_that_a_handler_has_set_is_left_alone(client):
    answer = await client.get("/plain")

    assert answer.headers.get_list("x-frame-options") == ["SAMEORIGIN"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_client_that_goes_away_while_it_sends_is_no_defect(shared, caplog):
    sent = []
    token = shared.token("dealer")
    messages = [{"type": "http.request", "body": b'{"deta', "more_body": True}, {"type": "http.disconnect"}]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/v1/listings", "raw_path": b"/v1/listings", "query_string": b"", "root_path": "", "state": {},
        "headers": [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    await shared.app(cast("Any", scope), receive, send)

    assert sent[0]["status"] == 400
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_the_log_has_a_line_a_request_and_nothing_of_what_was_sent(service, caplog):
    caplog.set_level(logging.INFO, "carmarket.access")

    answer = await service.ask("POST", "/v1/listings?secret=1", "dealer", json=GOLF)

    lines = [record.getMessage() for record in caplog.records if record.name == "carmarket.access"]
    assert lines[0].startswith("POST /v1/listings 422 ")
    assert answer.headers["x-request-id"] in lines[0]
    assert not {"secret", "Golf", "Bearer"} & set(" ".join(lines).replace("=", " ").split())
