"""
From the rows of a file to cars: which column is which, and what is wrong with a cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from attrs import frozen

from carmarket.core.catalog.column import Column, assumed_unit, with_unit
from carmarket.core.catalog.columns import BY_HEADING, HEADINGS, UNITS, Field, currencies_in, read_heading
from carmarket.core.catalog.imports import ColumnMatch
from carmarket.core.catalog.listing import Details
from carmarket.core.catalog.mapping import ColumnRule
from carmarket.core.catalog.parsing import build, parse
from carmarket.core.errors import InvalidError
from carmarket.core.money import Money
from carmarket.core.text import fold, key

NEEDED = (Field.MAKE, Field.MODEL, Field.PRICE)


@frozen
class CellError:
    """What is wrong with a row: in which column, what stands there, and why that cannot be taken."""

    column: str
    value: str
    reason: str


@frozen(kw_only=True)
class ReadRow:
    """What a row says. With errors there are no details, but who it is about may still be known."""

    details: Details | None
    price: Money | None
    photos: tuple[str, ...]
    """Names of picture files."""
    identity: str | None
    """The stock number, else the VIN, else what stands in the row; `None` if errors hide it."""
    vin: str | None
    """The VIN, if it can be read, also of a row with errors."""
    errors: tuple[CellError, ...]


@frozen(kw_only=True)
class Plan:
    """How the rows of one file are read."""

    columns: tuple[Column, ...]
    matches: tuple[ColumnMatch, ...]
    width: int
    currency: str

    @property
    def header(self) -> tuple[str, ...]:
        """The headings of the file's columns."""
        return tuple(match.column for match in self.matches[: self.width])

    def read(self, cells: Sequence[str]) -> ReadRow:
        """A row, with everything that is wrong with it."""
        values: dict[Field, Any] = {}
        errors: list[CellError] = []
        noted: set[Field] = set()
        headings = {column.field: column for column in self.columns}

        def note(wrong: Field, error: InvalidError) -> None:
            if wrong in noted:
                return
            noted.add(wrong)
            column = headings.get(wrong)
            text = (column.cell(cells) if column else None) or ""
            reason = f"{error.message} Expected: {error.expected}" if error.expected else error.message
            errors.append(CellError(column=column.heading if column else wrong.value, value=text[:200], reason=reason))

        for column in self.columns:
            text = column.cell(cells)
            if text is None:
                continue
            try:
                values[column.field] = parse(
                    column.field, text, unit=self._unit(column, cells), is_scaled=column.scale != 1, scale=column.scale
                )
            except InvalidError as error:
                note(column.field, error)
        if (sign := self._other_currency(values.get(Field.CURRENCY), headings, cells)) is not None:
            note(
                Field.CURRENCY, InvalidError("The price is in another currency.", expected=f"{sign}, as with the price")
            )
        if len(cells) > self.width and any(cell.strip() for cell in cells[self.width :]):
            errors.append(_too_wide(cells, self.width))
        details, price = build(values, note, currency=self.currency)
        return ReadRow(
            details=None if errors else details,
            price=None if errors else price,
            photos=values.get(Field.PHOTOS, ()),
            identity=self._identity(values, cells, is_sound=not errors),
            vin=values.get(Field.VIN),
            errors=tuple(errors),
        )

    def _unit(self, column: Column, cells: Sequence[str]) -> str | None:
        """What a number without a unit is taken for: where it follows from the currency, from that of the row."""
        if not column.is_assumed:
            return column.unit
        said = next((one.cell(cells) for one in self.columns if one.field is Field.CURRENCY), None)
        return column.unit if said is None else assumed_unit(column.field, UNITS.get(fold(said), said.upper()))

    def _other_currency(self, said: str | None, columns: dict[Field, Column], cells: Sequence[str]) -> str | None:
        """The currency by the price's own sign or heading, if it cannot be the one that the row says beside it."""
        price = columns[Field.PRICE]
        by_column = None if price.is_assumed else price.unit
        signs = (
            currencies_in(price.cell(cells) or "")
            or currencies_in(price.heading if by_column else "")
            or frozenset(filter(None, [by_column]))
        )
        return None if said is None or not signs or said in signs else " or ".join(sorted(signs))

    def _identity(self, values: dict[Field, Any], cells: Sequence[str], *, is_sound: bool) -> str | None:
        if Field.STOCK_NUMBER in values:
            return f"stock:{values[Field.STOCK_NUMBER]}"
        if Field.VIN in values:
            return f"vin:{values[Field.VIN]}"
        if not is_sound or any(
            column.field in {Field.STOCK_NUMBER, Field.VIN} and column.cell(cells) for column in self.columns
        ):
            return None
        said = "\x1f".join(f"{column.field}={column.cell(cells) or ''}" for column in self.columns)
        return f"row:{sha256(said.encode()).hexdigest()}"


def plan(header: Sequence[str], rules: Sequence[ColumnRule] = (), *, base_currency: str = "USD") -> Plan:
    """
    Which column is which: by the mapping's rules first, then by name and synonym; a field is taken once.

    A price without a currency is in the base currency; distances and powers without a unit follow the currency.

    Raises: InvalidError if a rule's column is not there, or nothing gives make, model or price.
    """
    places = {key(heading): index for index, heading in reversed(list(enumerate(header)))}
    taken: dict[Field, Column] = {}
    left_out: set[int] = set()
    for rule in rules:
        index = None if rule.column is None else places.get(key(rule.column))
        if rule.column is not None and index is None:
            raise InvalidError(
                f"The file has no column {rule.column!r}.",
                field="mapping",
                value=rule.column,
                expected=", ".join(header),
            )
        if index is not None:
            left_out.add(index)
        if rule.field is not None:
            taken[rule.field] = Column(
                field=rule.field,
                heading=rule.column or f"({rule.field})",
                index=index,
                constant=rule.constant,
                unit=rule.unit,
                scale=rule.scale,
                values={key(said): meant for said, meant in rule.values.items()},
            )
    for _, index, named in _explained(header, left_out):
        taken.setdefault(named.field, named)
        left_out.add(index)
    missing = [needed for needed in NEEDED if needed not in taken]
    if missing:
        raise InvalidError(
            f"No column gives the {', '.join(missing)} of the cars.",
            field="file",
            value=", ".join(header)[:500],
            expected="columns such as Make, Model and Price, or a mapping file that names them",
        )
    currency = taken[Field.PRICE].unit or base_currency
    columns = tuple(with_unit(column, currency) for column in taken.values())
    return Plan(columns=columns, matches=_matches(header, columns), width=len(header), currency=currency)


def _explained(header: Sequence[str], left_out: set[int]) -> list[tuple[int, int, Column]]:
    """Columns whose heading says what they are, the surest names first."""
    found = []
    for index, text in enumerate(header):
        heading = None if index in left_out else read_heading(text)
        if heading is not None:
            column = Column(field=heading.field, heading=text, index=index, unit=heading.unit)
            found.append((_rank(heading.field, text), index, column))
    return sorted(found, key=lambda one: one[:2])


def _rank(named: Field, heading: str) -> int:
    """How far down the heading stands in the list of the field's names."""
    folded = fold(heading)
    names = [name.strip() for name in HEADINGS[named].split(",")]
    return next((at for at, name in enumerate(names) if name in folded), len(BY_HEADING))


def _matches(header: Sequence[str], columns: Sequence[Column]) -> tuple[ColumnMatch, ...]:
    by_index = {column.index: column for column in columns if column.index is not None}
    told = [
        ColumnMatch(
            column=text,
            field=by_index[index].field.value if index in by_index else None,
            unit=by_index[index].unit if index in by_index else None,
        )
        for index, text in enumerate(header)
    ]
    told += [
        ColumnMatch(column=f"constant {column.constant!r}", field=column.field.value, unit=column.unit)
        for column in columns
        if column.index is None
    ]
    return tuple(told)


def _too_wide(cells: Sequence[str], width: int) -> CellError:
    return CellError(
        column=str(width + 1),
        value=cells[width][:200],
        reason=f"The row has {len(cells)} cells, the header {width}. Expected: quotes around texts with separators",
    )
