"""
Listings and actors for tests, with everything a test does not care about filled in.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from carmarket.core.actor import Actor, DealerId, UserId
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.listing import Details, Listing, ListingId
from carmarket.core.catalog.vehicle import Odometer, Vehicle
from carmarket.core.catalog.vin import CHECK_POSITION, Vin, check_digit, parse_vin
from carmarket.core.change import Change
from carmarket.core.money import Money
from carmarket.core.users.roles import Role

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DEALER = UUID(int=0xDEA1)


def a_dealer(number: int = 0, *, is_trusted: bool = True) -> Actor:
    """Staff of a dealer who may do all that dealers may."""
    return Actor(
        user_id=UserId(UUID(int=1_000 + number)),
        dealer_id=DealerId(UUID(int=DEALER.int + number)),
        roles=frozenset({Role.DEALER_OWNER}),
        is_trusted=is_trusted,
    )


def an_admin() -> Actor:
    return Actor(user_id=UserId(UUID(int=1)), roles=frozenset({Role.ADMIN}), is_trusted=True)


def a_vin(number: int = 0) -> Vin:
    """A valid VIN for each number below 10^8."""
    plain = f"1FTFW1E50{number:08}"
    return parse_vin(plain[:CHECK_POSITION] + check_digit(plain) + plain[CHECK_POSITION + 1 :])


def some_details(**said: Any) -> Details:
    """A Golf; whatever is said comes in place of it."""
    golf = Vehicle(make="Volkswagen", model="Golf", model_year=2019)
    return Details(**{"vehicle": golf, "odometer": Odometer(60_000), **said})


def a_draft(number: int = 1, *, price: Money | None = None, now: datetime = NOW, **said: Any) -> Change[Listing]:
    """A new listing with this number as its id."""
    return Listing.draft(
        listing_id=ListingId(UUID(int=number)),
        seller=said.pop("seller", SellerId(DEALER)),
        details=some_details(**said),
        price=price or Money(1_500_000, "USD"),
        now=now,
    )


def a_published(number: int = 1, *, now: datetime = NOW, **said: Any) -> Change[Listing]:
    """A new listing that is before the public at once."""
    return a_draft(number, now=now, **said).then(
        lambda it: it.publish(now=now, reviewed=True, lifetime=timedelta(days=60))
    )
