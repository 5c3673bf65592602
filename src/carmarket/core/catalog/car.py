"""
The public face of a published listing: what events carry and what searches show.
"""

from __future__ import annotations

from datetime import datetime
from typing import NewType
from uuid import UUID

from attrs import frozen

from carmarket.core.catalog.photos import Photo
from carmarket.core.catalog.prices import AskingPrice
from carmarket.core.catalog.vehicle import Odometer, Vehicle
from carmarket.core.catalog.vin import Vin
from carmarket.core.place import Place

CarId = NewType("CarId", UUID)
"""The id of its listing."""
SellerId = NewType("SellerId", UUID)
"""A dealer, or the user who sells on their own."""


@frozen(kw_only=True)
class Car:
    """A car before the public: nothing in it is private to its seller."""

    id: CarId
    version: int
    seller: SellerId
    vehicle: Vehicle
    price: AskingPrice
    vin: Vin | None = None
    odometer: Odometer | None = None
    place: Place | None = None
    description: str = ""
    photos: tuple[Photo, ...] = ()
    published_at: datetime
    """When it first came before the public; what "newest" sorts by."""
