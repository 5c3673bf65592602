"""
What enquiries know of cars: whose they are, and whether they are before the public; told by events.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.errors import ConflictError


class NotEnquirableError(ConflictError):
    """The car is not before the public, so nobody can ask about it."""

    code = "not-enquirable"


@frozen(kw_only=True)
class EnquirableCar:
    """A car as far as enquiries have to know it, at a version of its listing."""

    id: CarId
    version: int
    seller: SellerId
    is_enquirable: bool
    """Whether it is before the public now."""
