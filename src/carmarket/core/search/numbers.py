"""
Numbers with units in what people type: "under 15k", "2018-2020", "60,000 miles", "200hp".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from attrs import frozen

from carmarket.core.catalog.vehicle import METRES_PER_MILE, WATTS, PowerUnit
from carmarket.core.money import Money, RateTable
from carmarket.core.search.query import Range

AMOUNT = r"(?:\d{1,3}(?:[.,']\d{3})+(?!\d)|\d+(?:[.,]\d+)?)"
UNITS = (
    r"kms?\b|kilomet(?:er|re)s?\b|mi\b|miles?\b|hp\b|bhp\b|ps\b|kw\b"
    r"|usd\b|dollars?\b|bucks\b|eur\b|euros?\b|gbp\b|pounds?\b|[$€£]"
)


def _number(which: str) -> str:
    """A pattern for a number with its sign, thousands and unit, its groups named after `which`."""
    return (
        rf"(?P<{which}sign>[$€£])?\s?(?P<{which}n>{AMOUNT})"
        rf"\s?(?P<{which}k>tkm\b|k\b|k(?=\s?(?:km|mi)))?\s?(?P<{which}u>{UNITS})?"
    )


ONE, TWO = _number("a"), _number("b")
AT_MOST = r"(?:under|below|less than|cheaper than|up to|upto|at most|max(?:imum)?|no more than|unter|bis|<=?)"
AT_LEAST = r"(?:over|above|more than|at least|min(?:imum)?|from|starting at|uber|ab|mindestens|>=?)"
YEAR = r"(?:19[5-9]\d|20[0-4]\d)"
EDGE = r"(?<![\w.,$€£-])"
END = r"(?![\w.,'-]*\d|\w)"
NO_UNIT = rf"(?!\d|\s?(?:k\b|{UNITS}))"

CURRENCIES = {
    "$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP",
}  # fmt: skip
POWER_UNITS = {
    "hp": PowerUnit.MECHANICAL_HORSEPOWER,
    "bhp": PowerUnit.MECHANICAL_HORSEPOWER,
    "ps": PowerUnit.METRIC_HORSEPOWER,
    "kw": PowerUnit.KILOWATTS,
}


@frozen
class Said:
    """A piece of what was typed and the range that it means; `start` and `end` are its place in the text."""

    start: int
    end: int
    field: str
    """The query's field: price, year, odometer or power."""
    range: Range


Meaning = tuple[str, int | None]
Rule = tuple[re.Pattern[str], Callable[[re.Match[str], RateTable], tuple[str, Range] | None]]


def find_numbers(text: str, rates: RateTable) -> Iterator[Said]:
    """Every number in the folded text that means a filter, in the order of the rules; none overlaps another."""
    taken: list[tuple[int, int]] = []
    for pattern, read in RULES:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            meant = read(match, rates)
            if meant is not None:
                taken.append((start, end))
                yield Said(start, end, *meant)


def parse_amount(text: str) -> Decimal:
    """ "15.000", "15,000" and "15'000" are fifteen thousand; "2.5" is two and a half."""
    if re.fullmatch(r"\d{1,3}(?:[.,']\d{3})+", text):
        return Decimal(re.sub(r"\D", "", text))
    return Decimal(text.replace(",", "."))


def _meaning(match: re.Match[str], which: str, unit: str, rates: RateTable, *, thousands: bool) -> Meaning | None:
    """The field that the number speaks of, and its value in the unit that ranges compare."""
    amount = parse_amount(match[f"{which}n"]) * (1_000 if thousands else 1)
    if unit in POWER_UNITS:
        return "power", round(float(amount) * WATTS[POWER_UNITS[unit]])
    if unit.startswith("mi"):
        return "odometer", round(float(amount) * METRES_PER_MILE)
    if unit.startswith(("km", "kilom")):
        return "odometer", int(amount * 1_000)
    currency = CURRENCIES.get(match[f"{which}sign"] or unit, rates.base)
    if amount > 10**10:
        return None
    value = rates.to_base(Money.of(amount, currency))
    return None if value is None else ("price", value)


def _bound(match: re.Match[str], rates: RateTable, *, is_high: bool) -> tuple[str, Range] | None:
    thousands = match["ak"] is not None
    unit = "km" if match["ak"] == "tkm" else match["au"] or ""
    meant = _meaning(match, "a", unit, rates, thousands=thousands)
    if meant is None:
        return None
    field, value = meant
    return field, Range(high=value) if is_high else Range(low=value)


def _between(match: re.Match[str], rates: RateTable) -> tuple[str, Range] | None:
    if not any(match[name] for name in ("asign", "bsign", "ak", "bk", "au", "bu")) and not match["word"]:
        return None
    unit = match["bu"] or match["au"] or ""
    thousands = match["bk"] is not None
    low = _meaning(match, "a", unit, rates, thousands=thousands or match["ak"] is not None)
    high = _meaning(match, "b", unit, rates, thousands=thousands)
    if low is None or high is None or low[0] != high[0] or (low[1] or 0) > (high[1] or 0):
        return None
    return low[0], Range(low[1], high[1])


def _years(match: re.Match[str], _: RateTable) -> tuple[str, Range] | None:
    low, high = sorted((int(match["y1"]), int(match["y2"])))
    return "year", Range(low, high)


def _year_since(match: re.Match[str], _: RateTable) -> tuple[str, Range]:
    return "year", Range(low=int(match["y"]) + match["w"].startswith(("newer", "after")))


def _year_from(match: re.Match[str], _: RateTable) -> tuple[str, Range]:
    return "year", Range(low=int(match["y"] or match["y2"]))


def _year_to(match: re.Match[str], _: RateTable) -> tuple[str, Range]:
    strict = match["w"].startswith(("older", "before"))
    return "year", Range(high=int(match["y"]) - strict)


def _year(match: re.Match[str], _: RateTable) -> tuple[str, Range]:
    return "year", Range(int(match["y"]), int(match["y"]))


def _bare(match: re.Match[str], rates: RateTable) -> tuple[str, Range] | None:
    """A number that only its unit explains: so much at most, or that much power at least."""
    if not (match["asign"] or match["ak"] or match["au"]):
        return None
    return _bound(match, rates, is_high=match["au"] not in POWER_UNITS)


RULES: tuple[Rule, ...] = (
    (
        re.compile(rf"{EDGE}(?:between |from )?(?P<y1>{YEAR})\s?(?:-|–|to|and|bis)\s?(?P<y2>{YEAR}){END}"),
        _years,
    ),
    (re.compile(rf"{EDGE}(?P<w>newer than|after|since|seit|ab)\s(?P<y>{YEAR}){NO_UNIT}"), _year_since),
    (
        re.compile(rf"{EDGE}(?P<word>between\s|from\s)?{ONE}\s?(?:-|–|to|and|bis)\s?{TWO}{END}"),
        _between,
    ),
    (
        re.compile(rf"{EDGE}(?:from\s(?P<y>{YEAR})|(?P<y2>{YEAR})\s?(?:\+|or newer|and newer|onwards)){NO_UNIT}"),
        _year_from,
    ),
    (re.compile(rf"{EDGE}(?P<w>older than|before|until)\s(?P<y>{YEAR}){END}"), _year_to),
    (re.compile(rf"{EDGE}{AT_MOST}\s?{ONE}{END}"), lambda match, rates: _bound(match, rates, is_high=True)),
    (re.compile(rf"{EDGE}{AT_LEAST}\s?{ONE}{END}"), lambda match, rates: _bound(match, rates, is_high=False)),
    (re.compile(rf"(?<![\w.,-]){ONE}{END}"), _bare),
    (re.compile(rf"{EDGE}(?P<y>{YEAR}){END}"), _year),
)
"""In the order of trust: what names a range first, a lone number last."""
