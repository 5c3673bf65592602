"""
Who may do what, as a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from carmarket.core.errors import ForbiddenError


class Role(StrEnum):
    CUSTOMER = "customer"
    DEALER_OWNER = "dealer-owner"
    DEALER_MANAGER = "dealer-manager"
    DEALER_AGENT = "dealer-agent"
    MODERATOR = "moderator"
    ADMIN = "admin"


STAFF = frozenset({Role.DEALER_OWNER, Role.DEALER_MANAGER, Role.DEALER_AGENT})
"""Roles at a dealer."""


class Permission(StrEnum):
    SELL = "sell"
    """List cars of one's own or of one's dealer, and act on them."""
    IMPORT = "import"
    """Put a file of cars in."""
    BOOK = "book"
    """Book cars, and call one's own bookings off."""
    INTEGRATE = "integrate"
    """Have one's own systems told of what happens to one's cars."""
    ANSWER = "answer"
    """Answer bookings of one's dealer's cars and enquiries about them, and say by which rules they are booked."""
    ENQUIRE = "enquire"
    """Ask sellers about their cars."""
    MANAGE = "manage"
    """Say who works for one's dealer, and what is told of it."""
    REVIEW = "review"
    """Review one's own completed bookings, or those of one's dealer; reply to reviews."""
    MODERATE = "moderate"
    """Approve and reject listings and reviews; see all of them."""
    ADMINISTER = "administer"
    """Act on everybody's listings and on the market itself."""


EVERYDAY = frozenset({Permission.SELL, Permission.ANSWER, Permission.REVIEW, Permission.ENQUIRE})
"""What anybody does who buys or sells."""

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.CUSTOMER: EVERYDAY | {Permission.BOOK},
    Role.DEALER_OWNER: EVERYDAY | {Permission.IMPORT, Permission.INTEGRATE, Permission.MANAGE},
    Role.DEALER_MANAGER: EVERYDAY | {Permission.IMPORT, Permission.INTEGRATE, Permission.MANAGE},
    Role.DEALER_AGENT: EVERYDAY,
    Role.MODERATOR: frozenset({Permission.MODERATE}),
    Role.ADMIN: frozenset(Permission),
}


def allows(roles: Iterable[Role], permission: Permission) -> bool:
    """Whether any of the roles carries the permission."""
    return any(permission in PERMISSIONS[role] for role in roles)


def demand(roles: Iterable[Role], permission: Permission) -> None:
    """
    Let pass who has the permission.

    Raises: ForbiddenError naming the roles that would do.
    """
    if not allows(roles, permission):
        able = ", ".join(role for role, permissions in PERMISSIONS.items() if permission in permissions)
        raise ForbiddenError(f"This needs the permission '{permission}'.", field="roles", expected=able)
