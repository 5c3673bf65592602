"""
A column of a file, as far as its cells are read alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from attrs import Factory, evolve, frozen

from carmarket.core.catalog.columns import Field
from carmarket.core.catalog.mapping import ONE
from carmarket.core.catalog.names import LONGEST_UNKNOWN, UNKNOWN
from carmarket.core.text import fold, key

MILE_CURRENCIES = frozenset({"USD", "GBP"})
"""Beside these currencies a distance without a unit is miles, and a power without one is hp."""


@frozen(kw_only=True)
class Column:
    """A column of the file, or a constant, and how its cells are read."""

    field: Field
    heading: str
    index: int | None = None
    constant: str | None = None
    unit: str | None = None
    is_assumed: bool = False
    """The unit follows from the currency; nobody said it."""
    scale: Decimal = ONE
    values: dict[str, str] = Factory(dict)

    def cell(self, cells: Sequence[str]) -> str | None:
        """The text for this row; `None` if it says nothing."""
        text = self.constant if self.index is None else cells[self.index] if self.index < len(cells) else ""
        text = (text or "").strip()
        if self.values:
            text = self.values.get(key(text), text)
        return None if len(text) <= LONGEST_UNKNOWN and fold(text) in UNKNOWN else text


def with_unit(column: Column, currency: str) -> Column:
    assumed = assumed_unit(column.field, currency)
    return column if column.unit is not None or assumed is None else evolve(column, unit=assumed, is_assumed=True)


def assumed_unit(field: Field, currency: str) -> str | None:
    """The unit of a number that has none, beside prices in this currency."""
    in_miles = currency in MILE_CURRENCIES
    return {
        Field.PRICE: currency,
        Field.ODOMETER: "mi" if in_miles else "km",
        Field.POWER: "hp" if in_miles else "kW",
    }.get(field)
