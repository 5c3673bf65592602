"""
What surrounds every answer: limits on bodies and time, headers that keep browsers safe, a line in the log, a count.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import cache
from time import perf_counter
from typing import Any

from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Send

from carmarket.core.errors import UnavailableError
from carmarket.entrypoints.http.access import OPT, Rule, admit
from carmarket.entrypoints.http.limits import admit_address, admit_user, limit_headers
from carmarket.entrypoints.http.metrics import Metrics
from carmarket.entrypoints.http.problems import MalformedError, TooLargeError, request_id

LOG = logging.getLogger("carmarket.access")
SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
"""On every answer that does not say otherwise itself."""
HSTS = (b"strict-transport-security", b"max-age=31536000")
"""Where the market's site is one of https: browsers go there by no other way for a year (RFC 6797)."""
DEADLINE = Rule(access="open").deadline
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
BEGUN = "carmarket.begun"


def limited(app: ASGIApp) -> ASGIApp:
    """
    Hold requests to what their route declares: who may call it, how often, how much it is sent, how long it takes.

    An address is counted before its token is looked at, for that costs far more than to count.

    No guards of the framework: they cost a copy of the handler at every request.
    """

    async def within_limits(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        scope[BEGUN] = perf_counter()
        opt, state = scope["route_handler"].opt, scope["app"].state
        rule: Rule = opt.get(OPT) or brought(
            opt.get("rate", "read"), opt.get("body_limit", 0), opt.get("deadline", DEADLINE)
        )
        if rule.rate is None:
            await admit(scope, rule)
        else:
            limits = state.market.limits
            await admit_address(scope, limits, state.proxies, rule.rate)
            await admit(scope, rule)
            if rule.asks_who:
                await admit_user(scope, limits, rule.rate)
        bounded = receive if scope["method"] in WITHOUT_BODY else bounded_body(scope, receive, rule)
        try:
            async with asyncio.timeout(rule.deadline):
                await app(scope, bounded, send)
        except TimeoutError:
            raise UnavailableError("This took too long.") from None

    return within_limits


@cache
def brought(rate: str | None, body_limit: int, deadline: float) -> Rule:
    """For routes of other parts, whose `opt` names no more than these: reading alone if it says nothing."""
    return Rule(access="open", rate=rate, body_limit=body_limit, deadline=deadline)


def bounded_body(scope: Any, receive: Receive, rule: Rule) -> Receive:
    """`receive`, until it has given more than the limit: told by the length that is announced, or by what comes."""
    headers = dict(scope["headers"])
    held = b"idempotency-key" in headers or headers.get(b"content-type", b"").lower().startswith(b"multipart/")
    limit = rule.held_limit if held and rule.held_limit is not None else rule.body_limit
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > limit:
        raise too_large(int(announced), limit)
    received, more = 0, True

    async def bounded() -> Any:
        nonlocal received, more
        message: Any = await receive()
        if more and message["type"] == "http.disconnect":
            raise MalformedError("The body broke off.", field="body", expected="all of it")
        more = message.get("more_body", False)
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
        said = {name.lower(): value for name, value in message["headers"]}
        added = [header for header in SECURITY if header[0] not in said]
        if scope["app"].state.get("is_https"):
            added.append(HSTS)
        if b"allow" in said:
            added.append((b"allow", ", ".join(allowed_methods(scope, said[b"allow"])).encode()))
        added += limit_headers(scope)
        known_as = request_id(scope)
        added.append((b"x-request-id", known_as.encode()))
        kept = [header for header in message["headers"] if header[0].lower() != b"allow"]
        message["headers"] = kept + added
        begun = scope.get(BEGUN)
        seconds = perf_counter() - begun if isinstance(begun, float) else 0.0
        metrics.answered(_template(scope), scope["method"], message["status"], seconds)
        LOG.info("%s %s %s %.1f ms %s", scope["method"], scope["path"], message["status"], seconds * 1_000, known_as)

    return complete


def allowed_methods(scope: Any, said: bytes) -> Sequence[str]:
    """All methods of the path, whichever handlers they have; an answer to OPTIONS names those of the first one."""
    if "path_template" not in scope:
        return sorted(said.decode("ascii").split(", "))
    ways = [route for route in scope["app"].routes if route.path_format == scope["path_template"]]
    return sorted({method for route in ways if isinstance(route, HTTPRoute) for method in route.methods})


def _template(scope: Any) -> str:
    """The path with its parameters' names, so that labels are few."""
    handler = scope.get("route_handler")
    if handler is None:
        return "none"
    return str(scope.get("path_template") or "none")
