"""
The mapping file: what a dealer says of columns that do not explain themselves.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import Factory, frozen

from carmarket.core.catalog.columns import MEASURES, UNITS, Field, is_currency
from carmarket.core.errors import InvalidError

KEYS = frozenset({"column", "constant", "scale", "unit", "currency", "values", "ignore"})
ONE = Decimal(1)


@frozen(kw_only=True)
class ColumnRule:
    """One table of the mapping file; without a field, the column is to be left out."""

    field: Field | None
    column: str | None = None
    constant: str | None = None
    """The same for every row; no column is read."""
    scale: Decimal = ONE
    """What a number is multiplied by: 1000 where the file speaks of thousands."""
    unit: str | None = None
    values: Mapping[str, str] = Factory(dict)
    """What the file's own words mean, such as Limo = "sedan"."""


def parse_mapping(text: str) -> tuple[ColumnRule, ...]:
    """
    The rules of a mapping file (TOML, one table a field; see docs/importing.md).

    Raises: InvalidError naming the table and key that cannot be understood.
    """
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as broken:
        raise InvalidError(f"The mapping is no TOML: {broken}", field="mapping", expected="TOML") from broken
    return tuple(_rule(name, table) for name, table in tables.items())


def _rule(name: str, table: Any) -> ColumnRule:
    if not isinstance(table, Mapping):
        raise _error(name, table, "a table, such as [price] with column = ...")
    for key in table.keys() - KEYS:
        raise _error(f"{name}.{key}", table[key], f"one of {', '.join(sorted(KEYS))}")
    known = None if table.get("ignore") else _field(name)
    column, constant = table.get("column"), table.get("constant")
    if (column is None) == (constant is None):
        raise _error(name, dict(table), "either a column or a constant")
    return ColumnRule(
        field=known,
        column=None if column is None else _text(f"{name}.column", column),
        constant=None if constant is None else str(constant),
        scale=_scale(name, table.get("scale", 1)),
        unit=_unit(name, known, table),
        values={str(said): str(meant) for said, meant in _values(name, table).items()},
    )


def _field(name: str) -> Field:
    try:
        return Field(name)
    except ValueError:
        raise _error(name, name, f"a field: {', '.join(Field)}; or ignore = true") from None


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise _error(name, value, "a text in quotes")
    return value


def _scale(name: str, value: object) -> Decimal:
    try:
        scale = Decimal(str(value))
    except InvalidOperation:
        scale = Decimal(0)
    if not scale.is_finite() or scale <= 0:
        raise _error(f"{name}.scale", value, "a number above 0")
    return scale


def _unit(name: str, known: Field | None, table: Mapping[str, Any]) -> str | None:
    said = table.get("currency", table.get("unit"))
    if said is None:
        return None
    unit = UNITS.get(str(said).lower(), str(said).upper())
    if known is Field.PRICE and is_currency(unit):
        return unit
    if known is not None and unit in MEASURES.get(known, ()):
        return unit
    if known is Field.PRICE:
        raise _error(f"{name}.unit", said, "a currency such as EUR")
    units = MEASURES.get(known) if known is not None else None
    raise _error(f"{name}.unit", said, ", ".join(sorted(units or {"no unit"})))


def _values(name: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
    values = table.get("values", {})
    if not isinstance(values, Mapping):
        raise _error(f"{name}.values", values, "a table of the file's words and ours")
    return values


def _error(name: str, value: object, expected: str) -> InvalidError:
    return InvalidError(
        f"The mapping's {name} cannot be understood.", field=f"mapping.{name}", value=value, expected=expected
    )
