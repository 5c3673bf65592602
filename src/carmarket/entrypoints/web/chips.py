"""
In words: what was understood of a typed search, and which filters are set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from attrs import frozen

from carmarket.core.catalog.vehicle import METRES_PER_MILE, WATTS, PowerUnit
from carmarket.core.money import Money
from carmarket.core.search.facets import label
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.reading import Understood
from carmarket.core.text import key
from carmarket.entrypoints.web.asked import Asked
from carmarket.entrypoints.web.choices import TITLES
from carmarket.entrypoints.web.formats import money

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
WHOLE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "radius": ("Near a place", ("latitude", "longitude", "radius")),
    "seller": ("One seller's cars", ("seller",)),
    "free_from": ("Free when wanted", ("free_from", "free_to")),
}
"""Filters that are set and taken back as one."""


@frozen(kw_only=True)
class Meant:
    """A piece of what was typed, and what it was taken for."""

    typed: str
    meaning: str


@frozen(kw_only=True)
class Chip:
    """A filter that is set, and the address without it."""

    text: str
    href: str


def understood(said: Sequence[Understood], query: SearchQuery, base: str) -> tuple[Meant, ...]:
    """What the typed words do; what was chosen by hand wins over them, so that is passed over."""
    return tuple(
        Meant(typed=one.text, meaning=f"{KINDS[one.field]} {_meaning(one, base)}")
        for one in said
        if not getattr(query, one.field)
    )


def chips(asked: Asked) -> Iterator[Chip]:
    """The filters that are set, each with a way to take it back; its numbers have been read before."""
    for name, title in (*TITLES.items(), ("trim", "Trim")):
        for value in asked.params.get(name, ()):
            yield Chip(text=f"{title}: {label(key(value))}", href=asked.without_choice(name, value).href())
    for name in ("price", "year", "odometer", "power"):
        low, high = asked.first(f"{name}_min"), asked.first(f"{name}_max")
        if low or high:
            text = f"{KINDS[name]} {_between(low, high, _shown if name != 'year' else str)}{_unit(asked, name)}"
            yield Chip(text=text, href=asked.without(f"{name}_min", f"{name}_max").href())
    for name, (text, names) in WHOLE.items():
        if name in asked.params:
            yield Chip(text=text, href=asked.without(*names).href())


def _meaning(one: Understood, base: str) -> str:
    if one.field not in {"price", "year", "odometer", "power"}:
        return ", ".join(label(value) for value in one.value.split(", "))
    low, dots, high = one.value.partition("..")
    return _between(low, high if dots else low, _scale(one, base))


def _scale(one: Understood, base: str) -> Callable[[str], str]:
    """From the units of a query to those that the visitor typed."""
    if one.field == "price":
        return lambda text: money(Money(int(text), base))
    if one.field == "odometer":
        metres, unit = (METRES_PER_MILE, "mi") if "mi" in one.text else (1_000.0, "km")
        return lambda text: f"{round(int(text) / metres):,} {unit}"
    if one.field == "power":
        unit = next((unit for unit in PowerUnit if unit.value.lower() in one.text), PowerUnit.KILOWATTS)
        return lambda text: f"{round(int(text) / WATTS[unit]):,} {unit.value}"
    return str


def _between(low: str, high: str, shown: Callable[[str], str]) -> str:
    if low == high:
        return shown(low)
    if low and high:
        return f"{shown(low)} to {shown(high)}"
    return f"up to {shown(high)}" if high else f"from {shown(low)}"


def _shown(text: str) -> str:
    return f"{Decimal(text):,f}"


def _unit(asked: Asked, name: str) -> str:
    if name == "price":
        return f" {asked.first('currency').upper()}".rstrip()
    if name in {"odometer", "power"}:
        return f" {asked.first(f'{name}_unit') or {'odometer': 'km', 'power': 'kW'}[name]}"
    return ""
