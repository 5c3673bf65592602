"""
What visitors read when something goes wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any
from urllib.parse import urlencode

from attrs import frozen
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandler

from carmarket.codec.cursors import ForgedCursorError
from carmarket.core.errors import (
    CarmarketError,
    ConflictError,
    CursorExpiredError,
    ForbiddenError,
    InvalidError,
    LimitedError,
    NotFoundError,
    StaleError,
    UnauthenticatedError,
    UnavailableError,
)
from carmarket.entrypoints.web.asked import Asked
from carmarket.entrypoints.web.pages import page, wants_part
from carmarket.entrypoints.web.visit import LogInFirstError, Visit, is_expected

LOG = logging.getLogger("carmarket.web")
LONGEST_VALUE = 200


@frozen
class Said:
    """How a kind of error is told."""

    status: int
    title: str


SAID: Mapping[type[Exception], Said] = {
    ForgedCursorError: Said(400, "This page does not belong to this search"),
    NotFoundError: Said(404, "Not found"),
    CursorExpiredError: Said(410, "This list of results has gone"),
    UnauthenticatedError: Said(401, "Log in first"),
    ForbiddenError: Said(403, "This is not for you"),
    ConflictError: Said(409, "This cannot be done now"),
    StaleError: Said(409, "Somebody else was faster"),
    InvalidError: Said(422, "This search does not work"),
    LimitedError: Said(429, "Too many requests"),
    UnavailableError: Said(503, "The shop is closed for a moment"),
    Exception: Said(500, "Something went wrong on our side"),
}
"""The nearest kind in an error's ancestry decides."""


def on_carmarket_error(request: Request[Any, Any, Any], error: CarmarketError) -> Response[str]:
    """What carmarket raises on purpose, with what was wrong and what would be right."""
    said = next(SAID[kind] for kind in type(error).__mro__ if kind in SAID)
    headers = {}
    if isinstance(error, LimitedError | UnavailableError):
        headers["Retry-After"] = str(max(1, ceil(error.retry_after)))
    return _answer(request, said, error.message, headers, wrong=error if error.field and said.status != 404 else None)


def on_nobody(request: Request[Any, Any, Any], error: LogInFirstError) -> Response[str]:
    """Who has to log in first is sent there, and comes back."""
    location = f"/login?{urlencode({'next': error.back})}"
    return _kept(request, Response("", status_code=303, headers={"Location": location, "Cache-Control": "no-store"}))


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
    """What the framework raises while a page is made."""
    status = HTTPStatus(error.status_code)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return on_any_error(request, error)
    return _answer(request, Said(status, status.phrase), status.description, dict(error.headers or {}), wrong=None)


def on_any_error(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """A defect: told to the log, and to nobody else."""
    LOG.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    return _answer(request, SAID[Exception], "It was noted. Please try again in a while.", {}, wrong=None)


ON_ERRORS: Mapping[int | type[Exception], ExceptionHandler[Exception]] = {
    LogInFirstError: on_nobody,  # type: ignore[dict-item]  # handed LogInFirstErrors only
    CarmarketError: on_carmarket_error,  # type: ignore[dict-item]  # handed CarmarketErrors only
    HTTPException: on_http_error,  # type: ignore[dict-item]  # handed HTTPExceptions only
    Exception: on_any_error,
}


def _answer(
    request: Request[Any, Any, Any],
    said: Said,
    message: str,
    headers: dict[str, str],
    *,
    wrong: CarmarketError | None,
) -> Response[str]:
    """A page of its own, or for htmx a note in the page that stands."""
    asked = Asked.of(request.query_params)
    again = asked.href() if said.status in {400, 410} else "/"
    values = {
        "said": said,
        "message": message,
        "field": wrong and wrong.field,
        "value": wrong and str(wrong.value)[:LONGEST_VALUE],
        "expected": wrong and wrong.expected,
        "again": again,
        "signed_in": is_expected(request),
    }
    if not wants_part(request):
        return _kept(request, page("problem.html", values, status=said.status, headers=headers))
    place = "#more" if "cursor" in request.query_params else "#notice"
    headers |= {"HX-Retarget": place, "HX-Reswap": "innerHTML"}
    return _kept(request, page("problem_note.html", values, status=said.status, headers=headers))


def _kept(request: Request[Any, Any, Any], answer: Response[str]) -> Response[str]:
    """With the cookies of the visit, if it had come so far: a session that was refreshed must not be lost."""
    visit: Visit | None = request.state.get("visit")
    return answer if visit is None else visit.with_cookies(answer)
