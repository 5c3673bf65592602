"""
A seller's own calendar (iCalendar, RFC 5545) as the times that are taken in it.

Nothing of it is kept but times. What cannot be read as it is meant is refused, and the line named: a time that is
passed over in silence is a car that is booked while its seller needs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from carmarket.codec.calendars import OURS
from carmarket.codec.content_lines import CalendarEvent, Line, events_of
from carmarket.codec.recurrences import read_rule
from carmarket.core.booking.hours import zone_of
from carmarket.core.booking.occasion import DAY, Occasion, taken_by
from carmarket.core.booking.recurrence import Recurrence
from carmarket.core.errors import InvalidError
from carmarket.core.period import Period

LARGEST = 256 * 1024
"""Bytes of a calendar."""
MOMENT = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")
SPAN = re.compile(
    r"\+?P(?:([0-9]{1,4})W|(?:([0-9]{1,5})D)?(?:T(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,7})S)?)?)"
)
YEARS = range(1_000, 9_000)


def busy_times(data: bytes, *, time_zone: str, within: Period) -> tuple[Period, ...]:
    """
    What a calendar says is taken of a period, merged; days and times without a zone are by the clock of `time_zone`.

    Raises: InvalidError naming the line that is not understood, or for what is too much.
    """
    if len(data) > LARGEST:
        raise InvalidError("The calendar is too large.", field="calendar", value=len(data), expected=f"{LARGEST} bytes")
    return taken_by(occasions(data, zone_of(time_zone)), within)


def occasions(data: bytes, zone: ZoneInfo) -> list[Occasion]:
    """
    What takes time in a calendar. What is free or called off does not, nor do the bookings that we sent there.

    Raises: InvalidError naming the line.
    """
    events = [one for one in events_of(data) if not _uid(one).endswith(OURS)]
    moved: dict[str, list[date | datetime]] = {}
    for event in events:
        if line := event.one("RECURRENCE-ID"):
            if "RANGE" in line.params:
                raise line.wrong("A change of all that follows is not worked out.", "a change of one")
            moved.setdefault(_uid(event), []).append(_moment(line))
    found: list[Occasion] = []
    for event in events:
        if event.word("STATUS") != "CANCELLED" and event.word("TRANSP") != "TRANSPARENT":
            is_moved = event.one("RECURRENCE-ID") is not None
            found.append(_occasion(event, zone, [] if is_moved else moved.pop(_uid(event), [])))
    return found


def _uid(event: CalendarEvent) -> str:
    line = event.one("UID")
    return "" if line is None else line.value.strip()


def _occasion(event: CalendarEvent, zone: ZoneInfo, moved: list[date | datetime]) -> Occasion:
    began = event.one("DTSTART")
    if began is None:
        raise event.begin.wrong("An event says when it begins.", "a line DTSTART")
    for line in event.every("EXRULE"):
        raise line.wrong("Rules of what is left out are not worked out.", "EXDATE")
    start, by = _wall(_moment(began), zone)
    days, length = _lasts(event, began, start, by, zone)
    left_out = [*moved, *(_moment_of(line, said) for line in event.every("EXDATE") for said in line.value.split(","))]
    rule, also = _rule(event.one("RRULE"), by), tuple(_also(event.every("RDATE"), by, start.time()))
    try:
        return Occasion(
            start=start,
            zone=by,
            days=days,
            length=length,
            rule=rule,
            also=also,
            left_out=frozenset(_instant(one, by) for one in left_out if isinstance(one, datetime)),
            left_out_days=frozenset(one for one in left_out if not isinstance(one, datetime)),
        )
    except InvalidError as wrong:
        raise began.wrong(wrong.message, wrong.expected or "") from wrong


def _rule(line: Line | None, zone: ZoneInfo) -> Recurrence | None:
    if line is None:
        return None

    def until(text: str) -> datetime:
        """A date means its last moment, by the clock of the event."""
        moment = _moment_of(line, text)
        if isinstance(moment, datetime):
            return _instant(moment, zone)
        return datetime.combine(moment + DAY, time(), zone).astimezone(UTC) - timedelta(milliseconds=1)

    return read_rule(line, until)


def _lasts(event: CalendarEvent, began: Line, start: datetime, by: ZoneInfo, zone: ZoneInfo) -> tuple[int, timedelta]:
    """How many days by the clock, and how long behind them."""
    end, span = event.one("DTEND"), event.one("DURATION")
    if end is not None and span is not None:
        raise span.wrong("An event says its end or how long it lasts.", "one of the two")
    is_day = not isinstance(_moment(began), datetime)
    if span is not None:
        return _span(span)
    if end is None:
        return (1, timedelta(0)) if is_day else (0, timedelta(0))
    ends = _moment(end)
    if isinstance(ends, datetime) is is_day:
        raise end.wrong("A start and an end are both days or both times.", "such as the start")
    length = ends - start.date() if not isinstance(ends, datetime) else _instant(ends, zone) - _instant(start, by)
    if length < timedelta(0):
        raise end.wrong("An event ends after it begins.", "a later time")
    return (length.days, timedelta(0)) if is_day else (0, length)


def _also(lines: Iterable[Line], by: ZoneInfo, at: time) -> Iterable[datetime]:
    """Further starts by the event's own clock."""
    for line in lines:
        for said in line.value.split(","):
            moment = _moment_of(line, said)
            if isinstance(moment, datetime):
                yield moment if moment.tzinfo is None else moment.astimezone(by).replace(tzinfo=None)
            else:
                yield datetime.combine(moment, at)


def _span(line: Line) -> tuple[int, timedelta]:
    found = SPAN.fullmatch(line.value.strip().upper())
    if found is None or not any(found.groups()):
        raise line.wrong("This is no length of time.", "such as PT1H30M or P2D")
    weeks, days, hours, minutes, seconds = (int(one or 0) for one in found.groups())
    return weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _moment(line: Line) -> date | datetime:
    return _moment_of(line, line.value)


def _moment_of(line: Line, text: str) -> date | datetime:
    """A day, or a time: with its zone, or without one where it is by the seller's clock."""
    found = MOMENT.fullmatch(text.strip())
    unread = line.wrong("This is no day or time.", "such as 20260504 or 20260504T090000Z")
    if found is None or int(found[1][:4]) not in YEARS:
        raise unread
    try:
        day = date.fromisoformat(found[1])
        at = None if found[2] is None else time.fromisoformat(found[2])
    except ValueError:
        raise unread from None
    if at is None:
        return day
    if found[3]:
        return datetime.combine(day, at, UTC)
    said = line.params.get("TZID")
    return datetime.combine(day, at, None if said is None else _zone(line, str(said)))


def _zone(line: Line, name: str) -> ZoneInfo:
    """By its name in the IANA database, as it is or behind a slash, or by the one that Windows has for it."""
    for known in (WINDOWS_TO_OLSON.get(name, name), "/".join(name.split("/")[-2:])):
        try:
            return zone_of(known)
        except InvalidError:
            continue
    raise line.wrong(f"There is no time zone {name[:40]!r}.", "a name such as Europe/Berlin")


def _wall(moment: date | datetime, zone: ZoneInfo) -> tuple[datetime, ZoneInfo]:
    """What a clock on the wall shows, and where that wall is."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time()), zone
    if moment.tzinfo is None:
        return moment, zone
    by = moment.tzinfo if isinstance(moment.tzinfo, ZoneInfo) else ZoneInfo("UTC")
    return moment.replace(tzinfo=None), by


def _instant(moment: datetime, zone: ZoneInfo) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
