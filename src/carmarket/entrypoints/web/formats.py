"""
Numbers, money, dates and places as people write them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from carmarket.codec.wording import money
from carmarket.core.catalog.vehicle import Odometer, Power
from carmarket.core.money import Money
from carmarket.core.period import Period
from carmarket.core.place import Place
from carmarket.core.search.facets import label


def number(value: int) -> str:
    """Thousands are set apart."""
    return f"{value:,}"


def odometer(run: Odometer) -> str:
    """In the seller's unit, as on the instrument."""
    return f"{run.value:,}\u00a0{run.unit.value}"


def power(engine: Power) -> str:
    return f"{engine.value:,}\u00a0{engine.unit.value}"


def distance(metres: int) -> str:
    """How far away a car is, to the kilometre."""
    return f"{round(metres / 1_000):,}\u00a0km away"


def day(at: datetime) -> str:
    """ "4 March 2026"."""
    return f"{at.day} {at:%B %Y}"


def weekday(on: date) -> str:
    """ "Wednesday, 4 March"."""
    return f"{on:%A}, {on.day} {on:%B}"


def clock(at: datetime, zone: ZoneInfo) -> str:
    """ "14:30" by the dealer's clock."""
    return f"{at.astimezone(zone):%H:%M}"


def span(period: Period, zone: ZoneInfo) -> str:
    """From when to when, by the dealer's clock; whole days are told as days."""
    start, end = period.start.astimezone(zone), period.end.astimezone(zone)
    if start.time() == end.time() == time():
        last = end - timedelta(days=1)
        return day(start) if start.date() == last.date() else f"{day(start)} to {day(last)}"
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{day(end)}, {end:%H:%M}"
    return f"{weekday(start)} {start.year}, {start:%H:%M} to {until}"


def amount(said: Mapping[str, Any]) -> str:
    """Of a line of a price: minor units and their currency."""
    return money(Money(said["amount"], said["currency"]))


def town(place: Place) -> str:
    """The place in a few words: "Orlando, FL", or the country if no more is known."""
    return ", ".join(filter(None, (place.city, place.region))) or place.country or ""


def address(place: Place) -> str:
    """All that is known of the place."""
    region = " ".join(filter(None, (place.region, place.postcode)))
    return ", ".join(filter(None, (place.city, region, place.country)))


FORMATS: Mapping[str, Callable[..., str]] = {
    "money": money,
    "number": number,
    "odometer": odometer,
    "power": power,
    "distance": distance,
    "day": day,
    "weekday": weekday,
    "clock": clock,
    "span": span,
    "amount": amount,
    "town": town,
    "address": address,
    "label": label,
}
"""Filters of the templates."""
