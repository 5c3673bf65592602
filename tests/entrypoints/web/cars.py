"""
Cars to fill a shop with.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID

from PIL import Image

from carmarket import Actor, Role
from carmarket.core.actor import DealerId, UserId
from carmarket.core.catalog.listing import Details, Listing
from carmarket.core.catalog.vehicle import (
    BodyStyle,
    Colour,
    Condition,
    DistanceUnit,
    Drivetrain,
    Fuel,
    Odometer,
    Power,
    PowerUnit,
    Transmission,
    Vehicle,
)
from carmarket.core.money import Money
from carmarket.core.place import Place, Point
from carmarket.services.market import Market

DEALER = Actor(
    user_id=UserId(UUID(int=1)),
    dealer_id=DealerId(UUID(int=2)),
    roles=frozenset({Role.DEALER_OWNER}),
    is_trusted=True,
)
GOLF = Details(
    vehicle=Vehicle(
        make="Volkswagen",
        model="Golf",
        trim="GTI",
        model_year=2019,
        body_style=BodyStyle.HATCHBACK,
        fuel=Fuel.PETROL,
        transmission=Transmission.MANUAL,
        drivetrain=Drivetrain.FRONT,
        engine="2.0 TSI",
        power=Power(180, PowerUnit.KILOWATTS),
        colour=Colour.BLUE,
        paint="Atlantic Blue",
        doors=5,
        seats=5,
        condition=Condition.USED,
        features=("Sunroof", "Heated seats"),
    ),
    odometer=Odometer(41_200, DistanceUnit.MILES),
    place=Place(country="US", region="OH", city="Dayton", postcode="45402", point=Point(39.76, -84.19)),
    description="Second owner.\nAll services done.",
)


def plain(make: str, model: str, *, year: int = 2020, body: BodyStyle = BodyStyle.SEDAN, **more: Any) -> Details:
    return Details(vehicle=Vehicle(make=make, model=model, model_year=year, body_style=body), **more)


async def sell(market: Market, details: Details, dollars: int, *, photos: int = 0) -> Listing:
    """Publish a car; its photos are plain squares."""
    drafted = await market.catalog.draft(DEALER, details=details, price=Money(dollars * 100, "USD"))
    for shade in range(photos):
        await market.photos.add(DEALER, drafted.id, _square(shade))
    return await market.catalog.publish(DEALER, drafted.id)


def _square(shade: int) -> bytes:
    kept = BytesIO()
    Image.new("RGB", (60, 40), (40 * shade, 90, 120)).save(kept, "JPEG")
    return kept.getvalue()
