"""
Who may call a route, how long it may take and how much it may be sent: declared once, beside the handler.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.errors import ForbiddenError, UnauthenticatedError
from carmarket.core.users.roles import Role
from carmarket.services.market import Market

KIB, MIB = 1024, 1024 * 1024
OPT = "carmarket"


@frozen(kw_only=True)
class Rule:
    """What in-app guards and a gateway obey for one route."""

    access: str
    """
    `open`: nobody is asked who they are; `link`: nobody either, for a signed link says what they may do, which the
    service looks at; `user`: anybody with a token; `role`: one of `roles`.
    """
    roles: frozenset[Role] = frozenset()
    rate: str | None = "read"
    """The class of limits that it counts against (`core/limits.py`); `None`: against none."""
    deadline: float = 2.0
    """Seconds."""
    body_limit: int = 0
    """Bytes."""
    held_limit: int | None = None
    """Bytes of a body that is held whole where others are streamed: a form, or one with an Idempotency-Key."""

    @property
    def asks_who(self) -> bool:
        """Whether whoever calls has to say who they are."""
        return self.access in {"user", "role"}


def opened(*, rate: str | None = "read", deadline: float = 2.0, body_limit: int = 0) -> dict[str, Any]:
    """Anybody may call it."""
    return {OPT: Rule(access="open", rate=rate, deadline=deadline, body_limit=body_limit)}


def linked(*, rate: str = "read", deadline: float = 2.0, body_limit: int = 0) -> dict[str, Any]:
    """Whoever has the link may call it: its parameter `token` is signed."""
    return {OPT: Rule(access="link", rate=rate, deadline=deadline, body_limit=body_limit)}


def for_users(
    *, rate: str = "read", deadline: float = 2.0, body_limit: int = 0, held_limit: int | None = None
) -> dict[str, Any]:
    """Anybody may call it who says who they are; whose things they may touch is the service's affair."""
    return {OPT: Rule(access="user", rate=rate, deadline=deadline, body_limit=body_limit, held_limit=held_limit)}


def for_roles(
    roles: Collection[Role],
    *,
    rate: str = "write",
    deadline: float = 2.0,
    body_limit: int = 0,
    held_limit: int | None = None,
) -> dict[str, Any]:
    """Only these roles may call it."""
    allowed = frozenset(roles)
    return {
        OPT: Rule(
            access="role", roles=allowed, rate=rate, deadline=deadline, body_limit=body_limit, held_limit=held_limit
        )
    }


WRITE = for_users(rate="write", body_limit=256 * KIB)
IMPORTERS = frozenset({Role.DEALER_OWNER, Role.DEALER_MANAGER, Role.ADMIN})
MODERATORS = frozenset({Role.MODERATOR, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})


async def admit(scope: Any, rule: Rule) -> None:
    """
    Let pass who may call the route, and remember who it is.

    Raises: UnauthenticatedError without a valid bearer token where one is needed; ForbiddenError.
    """
    if not rule.asks_who:
        return
    actor = await authenticated(scope)
    if rule.access == "role" and not rule.roles & actor.roles:
        raise ForbiddenError(
            "This needs another role.",
            field="roles",
            value=", ".join(sorted(actor.roles)),
            expected=", ".join(sorted(rule.roles)),
        )
    scope["user"] = actor


async def authenticated(scope: Any) -> Actor:
    """The actor of the bearer token (RFC 6750)."""
    said = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    scheme, _, token = said.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthenticatedError("This needs a bearer token.")
    market: Market = scope["app"].state.market
    return await market.users.authenticator.actor_of(token.strip())
