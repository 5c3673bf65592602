"""
A seller's calendar is read as the times that are taken, or refused with the line that is not understood.

It is long, for calendars say when somebody is busy in many ways.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carmarket.codec.busy import LARGEST, busy_times
from carmarket.codec.calendars import bookings_calendar
from carmarket.core.errors import InvalidError
from carmarket.core.period import Period
from carmarket.testing.bookings import a_hold

YEAR = Period(datetime(2026, 5, 1, tzinfo=UTC), datetime(2027, 5, 2, tzinfo=UTC))
ON_MONDAY = "UID:1\nDTSTART:20260504T090000Z\nDTEND:20260504T100000Z"


def calendar(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *(f"BEGIN:VEVENT\n{event}\nEND:VEVENT" for event in events)]
    return ("\n".join([*lines, "END:VCALENDAR"]) + "\n").replace("\n", "\r\n").encode()


def read(*events: str, within: Period = YEAR) -> list[str]:
    found = busy_times(calendar(*events), time_zone="Europe/Berlin", within=within)
    return [f"{one.start:%m-%d %H:%M}/{one.end:%m-%d %H:%M}" for one in found]


@pytest.mark.parametrize(
    ("event", "taken"),
    [
        (ON_MONDAY, ["05-04 09:00/05-04 10:00"]),
        ("DTSTART:20260504T090000\nDTEND:20260504T100000", ["05-04 07:00/05-04 08:00"]),
        ("DTSTART;TZID=America/New_York:20260504T090000\nDURATION:PT90M", ["05-04 13:00/05-04 14:30"]),
        ("DTSTART;TZID=W. Europe Standard Time:20260504T090000\nDURATION:PT1H", ["05-04 07:00/05-04 08:00"]),
        ("DTSTART;TZID=/example.org/Asia/Tokyo:20260504T090000\nDURATION:PT1H", ["05-04 00:00/05-04 01:00"]),
        ("DTSTART;VALUE=DATE:20260504", ["05-03 22:00/05-04 22:00"]),
        ("DTSTART;VALUE=DATE:20260504\nDTEND;VALUE=DATE:20260506", ["05-03 22:00/05-05 22:00"]),
        ("DTSTART;VALUE=DATE:20261025", ["10-24 22:00/10-25 23:00"]),
        ("DTSTART;TZID=Europe/Berlin:20261024T120000\nDURATION:P1D", ["10-24 10:00/10-25 11:00"]),
        ("DTSTART;TZID=Europe/Berlin:20261024T120000\nDURATION:PT24H", ["10-24 10:00/10-25 10:00"]),
        ("DTSTART:20260504T090000Z", []),
        ("DTSTART:20260504T090000Z\nDTEND:20260504T090000Z", []),
        ("DTSTART:20250504T090000Z\nDTEND:20250504T100000Z", []),
        ("DTSTART:20260430T090000Z\nDTEND:20260501T100000Z", ["05-01 00:00/05-01 10:00"]),
        (ON_MONDAY + "\nTRANSP:TRANSPARENT", []),
        (ON_MONDAY + "\nTRANSP:OPAQUE", ["05-04 09:00/05-04 10:00"]),
        (ON_MONDAY + "\nSTATUS:cancelled", []),
        (ON_MONDAY + "\nSTATUS:TENTATIVE", ["05-04 09:00/05-04 10:00"]),
        (ON_MONDAY + "\nRRULE:FREQ=DAILY;COUNT=2", ["05-04 09:00/05-04 10:00", "05-05 09:00/05-05 10:00"]),
        (
            ON_MONDAY + "\nRRULE:FREQ=DAILY;UNTIL=20260506\nEXDATE:20260505T090000Z,20260507T090000Z",
            ["05-04 09:00/05-04 10:00", "05-06 09:00/05-06 10:00"],
        ),
        (ON_MONDAY + "\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE;VALUE=DATE:20260504", ["05-05 09:00/05-05 10:00"]),
        (
            ON_MONDAY + "\nRDATE:20260601T090000Z,20260602T090000Z",
            ["05-04 09:00/05-04 10:00", "06-01 09:00/06-01 10:00", "06-02 09:00/06-02 10:00"],
        ),
        (ON_MONDAY + "\nBEGIN:VALARM\nDTSTART:never\nRRULE:FREQ=SECONDLY\nEND:VALARM", ["05-04 09:00/05-04 10:00"]),
        ("DTSTART:202605\n 04T0900\n\t00Z\nDURATION:PT1H", ["05-04 09:00/05-04 10:00"]),
        ('SUMMARY:Wörkshop; who, what\\n: ";\nX-ODD;=;:\n' + ON_MONDAY, ["05-04 09:00/05-04 10:00"]),
    ],
)  # fmt: skip
def test_an_event_takes_its_time(event, taken):
    assert read(event) == taken


def test_one_of_a_series_is_moved_and_another_called_off():
    series = ON_MONDAY + "\nRRULE:FREQ=WEEKLY;COUNT=4"
    moved = "UID:1\nRECURRENCE-ID:20260511T090000Z\nDTSTART:20260512T090000Z\nDTEND:20260512T100000Z"
    gone = "UID:1\nRECURRENCE-ID:20260518T090000Z\nDTSTART:20260518T090000Z\nSTATUS:CANCELLED"
    other = "UID:2\nRECURRENCE-ID:20260525T090000Z\nDTSTART:20260525T090000Z\nSTATUS:CANCELLED"

    assert [one[:5] for one in read(moved, series, gone, other)] == ["05-04", "05-12", "05-25"]


def test_a_series_without_an_end_is_followed_to_the_end_of_the_period():
    found = read(ON_MONDAY + "\nRRULE:FREQ=WEEKLY")

    assert (len(found), found[-1]) == (52, "04-26 09:00/04-26 10:00")


def test_times_that_touch_or_overlap_are_one():
    assert read(ON_MONDAY, ON_MONDAY, "DTSTART:20260504T100000Z\nDURATION:PT1H") == ["05-04 09:00/05-04 11:00"]


def test_our_own_bookings_do_not_come_back_as_busy_times():
    sent = bookings_calendar([a_hold().state])

    assert busy_times(sent, time_zone="Europe/Berlin", within=YEAR) == ()


def test_zones_that_a_calendar_explains_itself_are_not_followed():
    """A rule in one would be a stranger's rule as well."""
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:19700101T000000\nRRULE:FREQ=DAILY;INTERVAL=0\n"
        "TZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    known = calendar(ON_MONDAY).replace(b"BEGIN:VEVENT", zone.encode() + b"BEGIN:VEVENT")
    mine = calendar("DTSTART;TZID=Mine:20260504T090000").replace(b"BEGIN:VEVENT", zone.encode() + b"BEGIN:VEVENT")

    assert len(busy_times(known, time_zone="UTC", within=YEAR)) == 1
    with pytest.raises(InvalidError, match="no time zone 'Mine'"):
        busy_times(mine, time_zone="UTC", within=YEAR)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("SUMMARY:x", r"says when it begins. \(line 3, BEGIN\)"),
        ("DTSTART:soon", r"no day or time. \(line 4, DTSTART\)"),
        ("DTSTART:20260230", "no day or time"),
        ("DTSTART:00010101", "no day or time"),
        ("DTSTART:99991231T235959Z\nDURATION:P9D", "no day or time"),
        ("DTSTART:２０２６０５０４", "no day or time"),  # noqa: RUF001  digits that are none of ASCII
        ("DTSTART:20260504T240000Z", "no day or time"),
        ("DTSTART;TZID=../../etc/passwd:20260504T090000", "no time zone"),
        ("DTSTART;TZID=Nowhere/Here:20260504T090000", "no time zone 'Nowhere/Here'"),
        ('DTSTART;TZID="x:20260504T090000', r"cannot be read. \(line 4"),
        (ON_MONDAY + "\nDTSTART:20260504T090000Z", r"says this once. \(line 7, DTSTART\)"),
        (ON_MONDAY + "\nDURATION:PT1H", "its end or how long"),
        ("DTSTART:20260504T090000Z\nDURATION:-PT1H", r"no length of time. \(line 5, DURATION\)"),
        ("DTSTART:20260504T090000Z\nDURATION:P", "no length of time"),
        ("DTSTART:20260504T090000Z\nDURATION:P9999999999D", "no length of time"),
        ("DTSTART:20260504T090000Z\nDTEND:20260504T080000Z", "ends after it begins"),
        ("DTSTART:20260504T090000Z\nDTEND;VALUE=DATE:20260505", "both days or both times"),
        (ON_MONDAY + "\nEXRULE:FREQ=DAILY", r"not worked out. \(line 7, EXRULE\)"),
        (ON_MONDAY + "\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260504T090000Z", "all that follows"),
        (ON_MONDAY + "\nRDATE;VALUE=PERIOD:20260504T090000Z/PT1H", "no day or time"),
        (ON_MONDAY + "\nRRULE:FREQ=DAILY\nRRULE:FREQ=DAILY", "says this once"),
        ("DTSTART;VALUE=DATE:20260504\nDURATION:P400D\nRRULE:FREQ=YEARLY", "not longer than a year"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_its_line(event, told):
    with pytest.raises(InvalidError, match=told) as refused:
        read(event)

    assert refused.value.field == "calendar"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("FREQ=DAILY;INTERVAL=0", "bounds"),
        ("FREQ=DAILY;INTERVAL=-1", "bounds"),
        ("FREQ=DAILY;INTERVAL=99999", "bounds"),
        ("FREQ=DAILY;INTERVAL=" + "9" * 5_000, "no number"),
        ("FREQ=DAILY;INTERVAL=", "no number"),
        ("FREQ=DAILY;COUNT=0", "bounds"),
        ("FREQ=SECONDLY", "too often"),
        ("FREQ=HOURLY;COUNT=2", "too often"),
        ("INTERVAL=2", "too often"),
        ("FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO", "'BYSETPOS'"),
        ("FREQ=DAILY;BYHOUR=1,2,3", "'BYHOUR'"),
        ("FREQ=YEARLY;BYWEEKNO=54", "'BYWEEKNO'"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ once"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20260601", "a count or at a time"),
        ("FREQ=DAILY;UNTIL=never", "no day or time"),
        ("FREQ=WEEKLY;BYDAY=XX", "no weekday"),
        ("FREQ=MONTHLY;BYDAY=9MO", "bounds"),
        ("FREQ=WEEKLY;BYDAY=1MO", "first Monday"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "bounds"),
    ],
)
def test_a_rule_that_is_not_bounded_is_refused_with_its_line(rule, told):
    with pytest.raises(InvalidError, match=rf"{told}.* \(line 7, RRULE\)"):
        read(f"{ON_MONDAY}\nRRULE:{rule}")


@pytest.mark.parametrize("rule", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;INTERVAL=1200"])
def test_a_rule_that_names_no_further_day_ends(rule):
    assert read(f"{ON_MONDAY}\nRRULE:{rule}") == ["05-04 09:00/05-04 10:00"]


def test_a_crowd_of_rules_is_refused_before_any_is_followed():
    event = "DTSTART:20200504T090000Z\nDTEND:20200504T100000Z\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"

    with pytest.raises(InvalidError) as refused:
        read(*[event] * 1_500)

    assert refused.value.field == "rules"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "breaks off"),
        (b"\r\n\r\n", "breaks off"),
        (b"hello", "no calendar"),
        (b"BEGIN:VEVENT\nEND:VEVENT", "no calendar"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260504\n", "breaks off"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\nEND:VEVENT", "Something else"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\nDTSTART:20260504", "no calendar"),
        (b"BEGIN:VCALENDAR\nSUMMARY:\xff\nEND:VCALENDAR", "is text"),
        (b" " * (LARGEST + 1), "too large"),
    ],
)
def test_what_is_no_whole_calendar_is_never_taken_for_an_empty_one(data, told):
    with pytest.raises(InvalidError, match=told):
        busy_times(data, time_zone="UTC", within=YEAR)


def test_an_empty_calendar_has_no_busy_times():
    assert read() == []
    assert busy_times(b"\xef\xbb\xbfbegin:vcalendar\nend:vcalendar", time_zone="UTC", within=YEAR) == ()


@pytest.mark.parametrize(
    "line",
    [
        "DTSTART" + ";X=1" * 60_000,
        "DTSTART;X=" + "," * 200_000,
        'DTSTART;X="' + "a" * 200_000,
        "BEGIN:A\n" * 30_000,
    ],
    ids=["parameters", "commas", "quotes", "nests"],
)
def test_long_lines_and_deep_nests_are_refused(line):
    with pytest.raises(InvalidError):
        read(line)


STARTS = st.sampled_from(["20260504T090000Z", "20260504T090000", "20260504", "20251231", "soon"])
LINES = st.sampled_from([
    "UID:1", "DTEND:20260504T100000Z", "DTEND:20260505", "DURATION:PT1H", "DURATION:P2D",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE",
    "RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "RRULE:FREQ=YEARLY;UNTIL=20301231", "EXDATE:20260504T090000Z",
    "RDATE:20260601T090000Z,20260701", "RECURRENCE-ID:20260504T090000Z", "STATUS:CANCELLED", "TRANSP:TRANSPARENT",
    "DTSTART:20260504", "EXRULE:x", "BEGIN:VALARM\nEND:VALARM", " folded", "",
])  # fmt: skip
EVENTS = st.tuples(STARTS, st.lists(LINES, max_size=4)).map(lambda it: "\n".join([f"DTSTART:{it[0]}", *it[1]]))


@settings(deadline=None)  # a year is asked day by day, on however slow a machine
@given(st.lists(EVENTS, min_size=1, max_size=3))
def test_whatever_comes_is_read_or_refused_with_its_line(events):
    try:
        found = busy_times(calendar(*events), time_zone="Europe/Berlin", within=YEAR)
    except InvalidError as refused:
        found, told = (), str(refused)
    else:
        told = "(line "

    assert "(line " in told
    assert all(YEAR.start <= one.start < one.end <= YEAR.end for one in found)
    assert all(one.end < two.start for one, two in pairwise(found))
