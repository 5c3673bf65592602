"""
What surrounds every answer: limits on bodies and time, headers that keep browsers safe, a line in the log, a count.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from time import perf_counter
from typing import Any

from litestar.datastructures import MutableScopeHeaders
from litestar.types import ASGIApp, Receive, Send

from carmarket.core.errors import UnavailableError
from carmarket.entrypoints.http.access import OPT, Rule
from carmarket.entrypoints.http.metrics import Metrics
from carmarket.entrypoints.http.problems import TooLargeError

LOG = logging.getLogger("carmarket.access")
SECURITY: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
}
BEGUN = "carmarket.begun"


def limited(app: ASGIApp) -> ASGIApp:
    """Hold requests to the body limit and the deadline of their route."""

    async def within_limits(scope: Any, receive: Receive, send: Send) -> None:
        handler = scope.get("route_handler")
        rule: Rule | None = handler.opt.get(OPT) if handler is not None else None
        if scope["type"] != "http" or rule is None:
            await app(scope, receive, send)
            return
        scope[BEGUN] = perf_counter()
        bounded = receive if scope["method"] in {"GET", "HEAD"} else bounded_body(scope, receive, rule.body_limit)
        try:
            async with asyncio.timeout(rule.deadline):
                await app(scope, bounded, send)
        except TimeoutError:
            raise UnavailableError("This took too long.") from None

    return within_limits


def bounded_body(scope: Any, receive: Receive, limit: int) -> Receive:
    """`receive`, until it has given more than the limit: told by the length that is announced, or by what comes."""
    announced = dict(scope["headers"]).get(b"content-length", b"")
    if announced.isdigit() and int(announced) > limit:
        raise too_large(int(announced), limit)
    received = 0

    async def bounded() -> Any:
        nonlocal received
        message: Any = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise too_large(received, limit)
        return message

    return bounded


def too_large(size: int, limit: int) -> TooLargeError:
    return TooLargeError("The body is too large.", field="body", value=size, expected=f"at most {limit} bytes")


def before_send(metrics: Metrics) -> Any:
    """A hook that adds headers to what begins an answer, and counts and logs it."""

    async def complete(message: Any, scope: Any) -> None:
        if message["type"] != "http.response.start" or scope["type"] != "http":
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in SECURITY.items():
            if name not in headers:
                headers[name] = value
        headers["X-Request-ID"] = request_id = scope["app"].state.ids.new().hex
        begun = scope.get(BEGUN)
        seconds = perf_counter() - begun if isinstance(begun, float) else 0.0
        metrics.answered(_template(scope), scope["method"], message["status"], seconds)
        LOG.info("%s %s %s %.1f ms %s", scope["method"], scope["path"], message["status"], seconds * 1_000, request_id)

    return complete


def _template(scope: Any) -> str:
    """The path with its parameters' names, so that labels are few."""
    handler = scope.get("route_handler")
    if handler is None:
        return "none"
    return str(scope.get("path_template") or "none")
