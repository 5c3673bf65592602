"""
The two sides of a deal.
"""

from __future__ import annotations

from enum import StrEnum

from carmarket.core.actor import Actor, UserId
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.ownership import seller_of
from carmarket.core.users.roles import Permission, allows


class Side(StrEnum):
    CUSTOMER = "customer"
    SELLER = "seller"

    @property
    def other(self) -> Side:
        return Side.SELLER if self is Side.CUSTOMER else Side.CUSTOMER


def sides_of(actor: Actor, *, customer: UserId | None, seller: SellerId, speaking: Permission) -> frozenset[Side]:
    """
    On which sides the actor stands; on both who deals with themselves.

    For the seller stands who acts for it and has the permission to speak.
    """
    sides = {
        Side.CUSTOMER: customer is not None and customer == actor.user_id,
        Side.SELLER: seller == seller_of(actor) and allows(actor.roles, speaking),
    }
    return frozenset(side for side, stands in sides.items() if stands)
