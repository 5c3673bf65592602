"""
From errors to answers: problem details (RFC 9457) for whatever goes wrong, and one table from kind to status.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from carmarket.codec.cursors import ForgedCursorError
from carmarket.config import MissingExtraError
from carmarket.core.errors import (
    CarmarketError,
    ConcurrencyConflictError,
    ConflictError,
    CursorExpiredError,
    ForbiddenError,
    InvalidError,
    KeyReusedError,
    LimitedError,
    NotFoundError,
    StaleError,
    UnauthenticatedError,
    UnavailableError,
)

LOG = logging.getLogger("carmarket.http")
MEDIA_TYPE = "application/problem+json"
LONGEST_VALUE = 200
REQUEST_ID = "carmarket.request-id"


class MalformedError(InvalidError):
    """The request cannot be read at all."""

    code = "malformed"


class TooLargeError(InvalidError):
    """The body is larger than this route takes."""

    code = "too-large"


class UnsupportedTypeError(InvalidError):
    """The body is of a kind that this route does not read."""

    code = "unsupported-media-type"


class IfMatchMissingError(InvalidError):
    """The change has to say which version it was decided on."""

    code = "if-match-required"


STATUS: Mapping[type[CarmarketError], int] = {
    MalformedError: 400,
    ForgedCursorError: 400,
    UnauthenticatedError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    ConcurrencyConflictError: 409,
    CursorExpiredError: 410,
    StaleError: 412,
    TooLargeError: 413,
    UnsupportedTypeError: 415,
    InvalidError: 422,
    KeyReusedError: 422,
    IfMatchMissingError: 428,
    LimitedError: 429,
    UnavailableError: 503,
    MissingExtraError: 503,
    CarmarketError: 500,
}
"""The nearest kind in an error's ancestry decides."""


def status_of(error: CarmarketError, request: Request[Any, Any, Any]) -> int:
    """Losing a race is a failed precondition for who named one, and a conflict for who did not."""
    if type(error) is ConcurrencyConflictError and "if-match" in request.headers:
        return 412
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def on_carmarket_error(request: Request[Any, Any, Any], error: CarmarketError) -> Response[bytes]:
    """What carmarket raises on purpose."""
    said = {"field": error.field, "value": _shown(error.value), "expected": error.expected} if _says(error) else {}
    headers = {}
    if isinstance(error, LimitedError | UnavailableError):
        headers["Retry-After"] = str(max(1, ceil(error.retry_after)))
    elif isinstance(error, MissingExtraError):
        headers["Retry-After"] = "60"
    if isinstance(error, UnauthenticatedError):
        sent = "authorization" in request.headers
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if sent else "Bearer"
    return problem(status_of(error, request), error.code, error.message, headers=headers, **said)


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework raises: no such route, no such method."""
    status = HTTPStatus(error.status_code)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return on_any_error(request, error)
    headers = dict(error.headers or {})
    return problem(status, _code(status), status.description or status.phrase, headers=headers)


def on_any_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A defect: told to the log, and to nobody else."""
    LOG.error("%s %s failed: %s", request.method, request.scope["path"], request_id(request.scope), exc_info=error)
    return problem(500, "internal-error", "Something went wrong on our side; it was noted.")


def request_id(scope: Any) -> str:
    """What the log and the answer call this request."""
    if REQUEST_ID not in scope:
        scope[REQUEST_ID] = scope["app"].state.ids.new().hex
    known_as: str = scope[REQUEST_ID]
    return known_as


def problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: object
) -> Response[bytes]:
    """An answer of problem details; members that say nothing are left out, but for the value that was wrong."""
    body = {
        "type": f"urn:carmarket:problem:{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": int(status),
        "detail": detail,
        "code": code,
        **{name: member for name, member in members.items() if member is not None},
    }
    return Response(
        msgspec.json.encode(body), status_code=int(status), media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def _says(error: CarmarketError) -> bool:
    return getattr(error, "field", None) is not None


def _shown(value: object) -> object:
    """The value as it can be sent back: numbers as they are, all else as text of bounded length."""
    if value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 2**63):
        return value
    return str(value)[:LONGEST_VALUE]


def _code(status: HTTPStatus) -> str:
    return status.phrase.lower().replace(" ", "-").replace("'", "")
