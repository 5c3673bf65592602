"""
In words: what was understood of a typed search, and which filters are set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from attrs import frozen

from carmarket.codec.wording import KINDS, between, meaning
from carmarket.core.search.facets import label
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.reading import Understood
from carmarket.core.text import key
from carmarket.entrypoints.web.asked import Asked
from carmarket.entrypoints.web.choices import TITLES

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
    return tuple(Meant(typed=one.text, meaning=meaning(one, base)) for one in said if not getattr(query, one.field))


def chips(asked: Asked) -> Iterator[Chip]:
    """The filters that are set, each with a way to take it back; its numbers have been read before."""
    for name, title in (*TITLES.items(), ("trim", "Trim")):
        for value in asked.params.get(name, ()):
            yield Chip(text=f"{title}: {label(key(value))}", href=asked.without_choice(name, value).href())
    for name in ("price", "year", "odometer", "power"):
        low, high = asked.first(f"{name}_min"), asked.first(f"{name}_max")
        if low or high:
            text = f"{KINDS[name]} {between(low, high, _shown if name != 'year' else str)}{_unit(asked, name)}"
            yield Chip(text=text, href=asked.without(f"{name}_min", f"{name}_max").href())
    for name, (text, names) in WHOLE.items():
        if name in asked.params:
            yield Chip(text=text, href=asked.without(*names).href())


def _shown(text: str) -> str:
    return f"{Decimal(text):,f}"


def _unit(asked: Asked, name: str) -> str:
    if name == "price":
        return f" {asked.first('currency').upper()}".rstrip()
    if name in {"odometer", "power"}:
        return f" {asked.first(f'{name}_unit') or {'odometer': 'km', 'power': 'kW'}[name]}"
    return ""
