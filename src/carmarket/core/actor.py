"""
Who acts: the first argument of every method of a service.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.roles import Role

__all__ = ["Actor", "DealerId", "UserId"]


@frozen(kw_only=True)
class Actor:
    """
    A person or a machine that a token or the operator vouches for.

    `dealer_id` is the dealer that the actor works for; `is_trusted` says that the dealer is verified, so that
    its cars go live at once.
    """

    user_id: UserId
    roles: frozenset[Role] = frozenset({Role.CUSTOMER})
    dealer_id: DealerId | None = None
    is_trusted: bool = False
