"""
In words: what was understood of a typed search, for pages and the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from carmarket.core.catalog.vehicle import METRES_PER_MILE, WATTS, PowerUnit
from carmarket.core.money import Money
from carmarket.core.search.facets import label
from carmarket.core.search.reading import Understood

KINDS: Mapping[str, str] = {
    "price": "Price",
    "year": "Year",
    "odometer": "Odometer",
    "power": "Power",
    "bodies": "Body style",
    "fuels": "Fuel",
    "transmissions": "Transmission",
    "drivetrains": "Drivetrain",
    "colours": "Colour",
    "conditions": "Condition",
}
"""Filters that words are taken for, by their name in a query."""

SYMBOLS: Mapping[str, str] = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "PLN": "zł"}
BEFORE = frozenset({"USD", "EUR", "GBP", "JPY", "INR", "KRW"})
"""Currencies whose sign stands before the number in English."""


def money(price: Money) -> str:
    """ "$19,995", "19,995.50 CHF": whole amounts without decimals."""
    major = price.major
    number = f"{major:,.0f}" if major == major.to_integral_value() else f"{major:,f}"
    sign = SYMBOLS.get(price.currency)
    if sign is None:
        return f"{number}\u00a0{price.currency}"
    return f"{sign}{number}" if price.currency in BEFORE else f"{number}\u00a0{sign}"


def meaning(one: Understood, base: str) -> str:
    """ "Price up to $15,000": the filter and its value, in the units that were typed; prices in the base currency."""
    return f"{KINDS[one.field]} {_value(one, base)}"


def between(low: str, high: str, shown: Callable[[str], str]) -> str:
    """A range whose open side is an empty text."""
    if low == high:
        return shown(low)
    if low and high:
        return f"{shown(low)} to {shown(high)}"
    return f"up to {shown(high)}" if high else f"from {shown(low)}"


def _value(one: Understood, base: str) -> str:
    if one.field not in {"price", "year", "odometer", "power"}:
        return ", ".join(label(value) for value in one.value.split(", "))
    low, dots, high = one.value.partition("..")
    return between(low, high if dots else low, _scale(one, base))


def _scale(one: Understood, base: str) -> Callable[[str], str]:
    """From the units of a query to those that were typed."""
    if one.field == "price":
        return lambda text: money(Money(int(text), base))
    if one.field == "odometer":
        metres, unit = (METRES_PER_MILE, "mi") if "mi" in one.text else (1_000.0, "km")
        return lambda text: f"{round(int(text) / metres):,} {unit}"
    if one.field == "power":
        unit = next((unit for unit in PowerUnit if unit.value.lower() in one.text), PowerUnit.KILOWATTS)
        return lambda text: f"{round(int(text) / WATTS[unit]):,} {unit.value}"
    return str
