"""
The lines of a calendar file (iCalendar, RFC 5545, 3.1) and its events, each with the number of its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from attrs import field, frozen
from icalendar.parser import Contentline

from carmarket.core.errors import InvalidError

NAME = re.compile(r"[A-Za-z0-9-]+")
ONCE = frozenset({"UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID", "STATUS", "TRANSP"})
READ = ONCE | {"RDATE", "EXDATE", "EXRULE"}
SHOWN = 80


@frozen
class Line:
    """A property as it was written."""

    number: int
    name: str
    value: str
    params: Mapping[str, object] = {}

    def wrong(self, told: str, expected: str) -> InvalidError:
        """An error that names the line."""
        return InvalidError(
            f"{told} (line {self.number}, {self.name})", field="calendar", value=self.value[:SHOWN], expected=expected
        )


@frozen
class CalendarEvent:
    """What an event says of when it is; what else it says is not read."""

    begin: Line
    lines: dict[str, list[Line]] = field(factory=dict)

    def one(self, name: str) -> Line | None:
        """Raises: InvalidError for a property that is there twice."""
        found = self.lines.get(name, [])
        if len(found) > 1:
            raise found[1].wrong("An event says this once.", "one line of this name")
        return found[0] if found else None

    def word(self, name: str) -> str:
        line = self.one(name)
        return "" if line is None else line.value.strip().upper()

    def every(self, name: str) -> list[Line]:
        return self.lines.get(name, [])


def events_of(data: bytes) -> list[CalendarEvent]:
    """
    The events of a calendar.

    Raises: InvalidError for what is no calendar or breaks off, so that nothing is ever taken for the empty calendar.
    """
    events: list[CalendarEvent] = []
    within: list[str] = []
    last = 0
    for number, text in _unfolded(data):
        last = number
        found = NAME.match(text)
        name = found[0].upper() if found else ""
        if name == "BEGIN" or not within:
            within.append(_begun(number, text, within))
            if _is_event(within):
                events.append(CalendarEvent(Line(number, name, "VEVENT")))
        elif name == "END":
            _demand_end(number, text, within.pop())
        elif name in READ and _is_event(within):
            line = _parsed(number, text)
            events[-1].lines.setdefault(line.name, []).append(line)
    if within or not last:
        raise Line(last, "END", "").wrong("The calendar breaks off.", "END:VCALENDAR at its end")
    return events


def _unfolded(data: bytes) -> Iterator[tuple[int, str]]:
    """Lines with the number of their first part; one that begins with white space goes on with the one before."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise InvalidError("A calendar is text.", field="calendar", expected="UTF-8") from broken
    first, parts = 0, list[str]()
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if line[:1] in {" ", "\t"} and parts:
            parts.append(line[1:])
            continue
        if parts:
            yield first, "".join(parts)
        first, parts = number, [line] if line.strip() else []
    if parts:
        yield first, "".join(parts)


def _is_event(within: list[str]) -> bool:
    """Not what is within an event, such as an alarm."""
    return len(within) == 2 and within[1] == "VEVENT"


def _begun(number: int, text: str, within: list[str]) -> str:
    name, _, what = text.partition(":")
    kind = what.strip().upper()
    if name.strip().upper() != "BEGIN" or (not within and kind != "VCALENDAR"):
        raise Line(number, name[:SHOWN], what).wrong("This is no calendar.", "BEGIN:VCALENDAR at its start")
    return kind


def _demand_end(number: int, text: str, begun: str) -> None:
    what = text.partition(":")[2].strip()
    if what.upper() != begun:
        raise Line(number, "END", what).wrong("Something else was begun.", f"END:{begun}")


def _parsed(number: int, text: str) -> Line:
    try:
        name, params, value = Contentline(text).parts()  # type: ignore[no-untyped-call]  # icalendar leaves it untyped
    except ValueError as broken:
        raise Line(number, text[:20], text).wrong("This line cannot be read.", "NAME;PARAMETER=...:VALUE") from broken
    return Line(number, name.upper(), value, {key.upper(): said for key, said in params.items()})
