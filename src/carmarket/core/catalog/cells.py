"""
What stands in a cell: numbers with marks and units, dates, lists.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from attrs import frozen

from carmarket.core.catalog.columns import SIGN, UNITS
from carmarket.core.errors import InvalidError
from carmarket.core.text import fold

NUMBER = re.compile(r"[-+]?\d[\d.,'’\u00a0\u202f ]*")
YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d|2100)(?!\d)")
WHOLE_YEAR = re.compile(r"\d{1,3}|\d{4,}")
THOUSANDS = frozenset({"k", "tkm", "tsd"})
SEPARATORS = re.compile(r"[;|\n]")
LARGEST = Decimal(10) ** 15


@frozen
class Amount:
    """A number, and the unit that stood with it."""

    value: Decimal
    unit: str | None = None


def read_amount(field: str, text: str, *, is_scaled: bool = False) -> Amount:
    """
    "45.000 km", "$12,500.00", "1'250 CHF", "15k": whatever marks are used for thousands and decimals; "(250)" is less
    than nothing.

    A lone mark before exactly three digits parts thousands; in a column that is scaled it is the decimal mark.

    Raises: InvalidError if there is no number, or more than one.
    """
    folded = fold(text).strip()
    numbers = list(NUMBER.finditer(folded))
    if not numbers:
        raise _no_number(field, text)
    first = numbers[0]
    rest = folded[: first.start()] + " " + folded[first.end() :]
    units = SIGN.findall(re.sub(r"\([^)]*\)", " ", rest)) or [one for one in SIGN.findall(rest) if one in UNITS]
    if len(numbers) > 1 and "(" not in folded[: numbers[1].start()]:
        raise _no_number(field, text)
    value = _decimal(field, text, first.group(), is_scaled=is_scaled)
    if folded[: first.start()].count("(") > folded[: first.start()].count(")"):
        value = -value  # as bookkeepers write it
    thousands = next((unit for unit in units if unit in THOUSANDS), None)
    if thousands is not None:
        units.remove(thousands)
        value, units = value * 1_000, ["km", *units] if thousands == "tkm" else units
    known = [UNITS[unit] for unit in units if unit in UNITS]
    strange = [unit for unit in units if unit not in UNITS]
    if strange:
        raise InvalidError(
            f"{strange[0]!r} is no unit that is known here.",
            field=field,
            value=text[:80],
            expected="a number and its unit",
        )
    return Amount(value, known[0] if known else None)


def read_whole(field: str, text: str) -> int:
    """A whole number: "5", "5.0", "5 doors"."""
    found = re.search(r"-?\d+(?:[.,]0+)?(?![\d.,])", text)
    if found is None or len(re.findall(r"\d+", text.replace(".0", ""))) > 1:
        raise _no_number(field, text)
    return int(Decimal(found.group().replace(",", ".")))


def read_year(field: str, text: str) -> int:
    """The year of "2019", "2019.0", "03/2019" or "2019-03-01"."""
    years = set(YEAR.findall(text))
    if len(years) != 1:
        raise InvalidError("There is no year in it.", field=field, value=text[:80], expected="a year of four digits")
    return int(years.pop())


def read_degrees(field: str, text: str) -> float:
    """Degrees with a decimal point or comma."""
    try:
        return float(text.replace(",", ".").removesuffix("°"))
    except ValueError:
        raise _no_number(field, text) from None


def read_list(text: str) -> tuple[str, ...]:
    """Parts between semicolons, bars or lines, or else commas; each once, in order."""
    parts = SEPARATORS.split(text) if SEPARATORS.search(text) else text.split(",")
    return tuple(dict.fromkeys(filter(None, (" ".join(part.split()) for part in parts))))


def _decimal(field: str, text: str, digits: str, *, is_scaled: bool) -> Decimal:
    plain = re.sub(r"[\s'’]", "", digits).rstrip(".,")
    marks = [mark for mark in ".," if mark in plain]
    if len(marks) == 2:
        decimal = max(marks, key=plain.rfind)
    elif (
        marks
        and plain.count(marks[0]) == 1
        and (is_scaled or len(plain) - plain.rfind(marks[0]) != 4 or plain.lstrip("+-").startswith("0"))
    ):
        decimal = marks[0]
    else:
        decimal = ""
    for mark in marks:
        groups = plain.split(decimal)[0].split(mark) if decimal else plain.split(mark)
        if mark != decimal and any(len(group) != 3 for group in groups[1:]):
            raise _no_number(field, text)
        plain = plain.replace(mark, "." if mark == decimal else "")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise _no_number(field, text) from None
    if abs(value) > LARGEST:
        raise InvalidError("The number is too large.", field=field, value=text[:80], expected="at most 10^15")
    return value


def _no_number(field: str, text: str) -> InvalidError:
    return InvalidError(
        f"The {field} is no number.", field=field, value=text[:80], expected="one number, such as 12500"
    )
