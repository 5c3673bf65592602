"""
R13: whatever goes wrong is told as problem details, and nothing is told that should not be.
"""

from __future__ import annotations

import logging
from typing import Any, cast

import pytest
from attrs import evolve
from httpx import Response

from carmarket.config import MissingExtraError
from carmarket.core.errors import CarmarketError, LimitedError, UnavailableError
from carmarket.entrypoints.http.problems import STATUS
from tests.entrypoints.http.service import Service, assert_problem, serving_market

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
}

JSON = {"Content-Type": "application/json"}


class Failing:
    """An index that fails as it is told."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def find(self, *_: Any, **__: Any) -> None:
        raise self.error


async def failing(service: Service, error: Exception) -> Response:
    market = evolve(service.market, search=evolve(service.market.search, index=cast("Any", Failing(error))))
    async with serving_market(market) as broken:
        return await broken.ask("GET", "/v1/cars")


@pytest.mark.promise("R13")
@pytest.mark.parametrize(
    ("request_line", "said", "status", "code"),
    [
        ("GET /nothing", {}, 404, "not-found"),
        ("DELETE /v1/nothing/at/all", {}, 404, "not-found"),
        ("GET /v1/cars/no-id", {}, 404, "not-found"),
        ("GET //v1//cars", {}, 404, "not-found"),
        ("GET /v1/cars/%00", {}, 404, "not-found"),
        ("GET /v1/cars?x=1", {}, 422, "invalid"),
        ("GET /v1/cars?words=%ff", {}, 400, "malformed"),
        ("GET /v1/cars?cursor=x", {}, 400, "cursor-forged"),
        ("POST /v1/cars", {}, 405, "method-not-allowed"),
        ("BREW /v1/cars", {}, 405, "method-not-allowed"),
        ("GET /v1/listings", {"who": None}, 401, "unauthenticated"),
        ("POST /v1/imports", {"who": "customer"}, 403, "forbidden"),
        ("POST /v1/listings", {"content": b"", "headers": JSON}, 400, "malformed"),
        ("POST /v1/listings", {"content": b"{", "headers": JSON}, 400, "malformed"),
        ("POST /v1/listings", {"content": b"\xff\xfe", "headers": JSON}, 400, "malformed"),
        ("POST /v1/listings", {"content": b"[" * 100_000, "headers": JSON}, 400, "malformed"),
        ("POST /v1/listings", {"content": b'{"a":1}{"b":2}', "headers": JSON}, 400, "malformed"),
        ("POST /v1/listings", {"content": b"NaN", "headers": JSON}, 400, "malformed"),
        ("POST /v1/listings", {"content": b"{}"}, 415, "unsupported-media-type"),
        ("POST /v1/listings", {"content": b"a=1", "headers": {"Content-Type": "text/x"}}, 415, None),
        ("POST /v1/listings", {"content": b" " * 262_145, "headers": JSON}, 413, "too-large"),
        ("POST /v1/listings", {"json": {}}, 422, "invalid"),
    ],
)
async def test_every_error_is_told_as_problem_details(shared, request_line, said, status, code):
    method, path = request_line.split(" ", 1)
    answer = await shared.ask(method, path, **{"who": "dealer", **said})

    assert_problem(answer, status, code or "unsupported-media-type")
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["x-request-id"]
    if status == 405:
        assert answer.headers["allow"] == "GET, OPTIONS"


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/v1/cars", "GET, OPTIONS"),
        ("/v1/listings", "GET, OPTIONS, POST"),
        ("/v1/listings/00000000-0000-0000-0000-000000000001", "GET, OPTIONS, PUT"),
        ("/v1/listings/00000000-0000-0000-0000-000000000001/photos", "OPTIONS, POST, PUT"),
    ],
)
async def test_a_path_tells_all_its_methods(shared, path, allow):
    options = await shared.ask("OPTIONS", path)
    refused = await shared.ask("PATCH", path)

    assert (options.status_code, options.headers["allow"]) == (204, allow)
    assert_problem(refused, 405, "method-not-allowed")
    assert refused.headers["allow"] == allow


@pytest.mark.promise("R13")
async def test_a_defect_is_told_to_the_log_alone(service, caplog):
    answer = await failing(service, ZeroDivisionError("the secret is 4711"))

    assert_problem(answer, 500, "internal-error")
    assert "4711" not in answer.text
    assert "Traceback" not in answer.text
    record = next(record for record in caplog.records if record.levelno == logging.ERROR)
    assert record.exc_info is not None
    assert answer.headers["x-request-id"] in record.getMessage()


@pytest.mark.promise("R13")
@pytest.mark.parametrize("kind", list(STATUS), ids=[kind.code for kind in STATUS])
async def test_every_kind_of_error_has_its_status_and_code(service, kind):
    timed = {"retry_after": 1.2} if issubclass(kind, LimitedError | UnavailableError) else {}

    answer = await failing(service, kind("It went wrong.", **timed))

    assert_problem(answer, STATUS[kind], kind.code, detail="It went wrong.")
    if timed:
        assert answer.headers["retry-after"] == "2"
    if kind is MissingExtraError:
        assert answer.headers["retry-after"] == "60"


def test_every_kind_of_error_that_there_is_has_a_status():
    def below(kind: type[CarmarketError]) -> set[type[CarmarketError]]:
        return {kind, *(each for child in kind.__subclasses__() for each in below(child))}

    codes = {kind.code for kind in below(CarmarketError)}

    assert all(any(each in STATUS for each in kind.__mro__[:-3]) for kind in below(CarmarketError))
    assert len(codes) == len(below(CarmarketError)), "two kinds share a code"


async def test_a_value_is_sent_back_in_bounds(shared):
    answer = await shared.ask("GET", f"/v1/cars?year_min={'9' * 5_000}")

    assert len(assert_problem(answer, 422, "invalid", field="year_min")["value"]) <= 200
