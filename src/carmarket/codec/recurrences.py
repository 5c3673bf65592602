"""
Rules of recurrence as calendars write them (RFC 5545, 3.3.10): the parts that name days, each checked before its use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from carmarket.codec.content_lines import Line
from carmarket.core.booking.recurrence import Frequency, OnWeekday, Recurrence
from carmarket.core.errors import InvalidError

PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ON = re.compile(rf"([+-]?[0-9]{{1,2}})?({'|'.join(WEEKDAYS)})")
NUMBER = re.compile(r"[+-]?[0-9]{1,5}")


def read_rule(line: Line, until: Callable[[str], datetime]) -> Recurrence:
    """Raises: InvalidError naming the line, for a part that is not known or not as it should be."""
    said = _parts(line)
    if said.get("FREQ", "").lower() not in set(Frequency):
        raise line.wrong("This is too often to work out.", "FREQ of DAILY, WEEKLY, MONTHLY or YEARLY")
    if "COUNT" in said and "UNTIL" in said:
        raise line.wrong("A rule ends by a count or at a time.", "one of COUNT and UNTIL")
    try:
        return Recurrence(
            frequency=Frequency(said["FREQ"].lower()),
            interval=_number(said.get("INTERVAL", "1")),
            count=_number(said["COUNT"]) if "COUNT" in said else None,
            until=until(said["UNTIL"]) if "UNTIL" in said else None,
            weekdays=frozenset(map(_weekday, _list(said, "BYDAY"))),
            month_days=frozenset(map(_number, _list(said, "BYMONTHDAY"))),
            months=frozenset(map(_number, _list(said, "BYMONTH"))),
            week_start=_weekday(said.get("WKST", "MO")).weekday,
        )
    except ValueError as unread:
        raise line.wrong(f"This rule cannot be read: {unread}.", "FREQ=WEEKLY;BYDAY=MO") from unread
    except InvalidError as wrong:
        if wrong.field == "calendar":
            raise
        raise line.wrong(wrong.message, f"{wrong.field}: {wrong.expected}") from wrong


def _parts(line: Line) -> Mapping[str, str]:
    said: dict[str, str] = {}
    for part in filter(None, line.value.strip().upper().split(";")):
        name, _, value = part.partition("=")
        if name not in PARTS:
            raise line.wrong(f"This part of a rule is not worked out: {name[:20]!r}.", ", ".join(PARTS))
        if name in said:
            raise line.wrong(f"A rule says {name} once.", "one of it")
        said[name] = value
    return said


def _list(said: Mapping[str, str], name: str) -> list[str]:
    return said[name].split(",") if name in said else []


def _number(text: str) -> int:
    if not NUMBER.fullmatch(text):
        raise ValueError(f"{text[:20]!r} is no number")
    return int(text)


def _weekday(text: str) -> OnWeekday:
    found = ON.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:20]!r} is no weekday")
    return OnWeekday(WEEKDAYS.index(found[2]), int(found[1] or 0))
