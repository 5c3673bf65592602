"""
Cars as rows of a file: what `carmarket export` and the feeds write, and an import takes again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from carmarket.core.catalog.car import Car
from carmarket.core.catalog.listing import Details, Listing
from carmarket.core.money import Money

FEED_HEADER = (
    "Stock number",
    "VIN",
    "Make",
    "Model",
    "Trim",
    "Year",
    "Body style",
    "Fuel",
    "Transmission",
    "Drivetrain",
    "Engine",
    "Power",
    "Color",
    "Paint",
    "Interior color",
    "Doors",
    "Seats",
    "Condition",
    "Features",
    "Odometer",
    "Price",
    "Currency",
    "City",
    "Region",
    "Postcode",
    "Country",
    "Latitude",
    "Longitude",
    "Time zone",
    "Description",
)
"""Headings that an import knows; powers and odometers carry their unit in the cell."""


def listing_row(listing: Listing) -> Sequence[str]:
    """All that its seller said of a car."""
    details = listing.details
    return _row(details.stock_number, details, listing.price.current)


def car_row(car: Car) -> Sequence[str]:
    """A car as the public sees it: without the seller's own number."""
    return _row(None, car, car.price.current)


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV (RFC 4180) in UTF-8."""
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _row(stock_number: str | None, said: Car | Details, asked: Money) -> Sequence[str]:
    price = str(asked.major)
    if len(price) - price.rfind(".") == 4:
        price += "0"  # three decimals would be read as thousands
    vehicle, place, odometer = said.vehicle, said.place, said.odometer
    point = place.point if place else None
    cells = (
        stock_number, said.vin, vehicle.make, vehicle.model, vehicle.trim, vehicle.model_year, vehicle.body_style,
        vehicle.fuel, vehicle.transmission, vehicle.drivetrain, vehicle.engine,
        f"{vehicle.power.value} {vehicle.power.unit}" if vehicle.power else None,
        vehicle.colour, vehicle.paint, vehicle.interior_colour, vehicle.doors, vehicle.seats, vehicle.condition,
        "; ".join(vehicle.features) + (";" if len(vehicle.features) == 1 else ""),
        f"{odometer.value} {odometer.unit}" if odometer else None, price, asked.currency,
        place.city if place else None, place.region if place else None, place.postcode if place else None,
        place.country if place else None, point.latitude if point else None, point.longitude if point else None,
        place.time_zone if place else None, said.description,
    )  # fmt: skip
    return tuple("" if cell is None else str(cell) for cell in cells)
