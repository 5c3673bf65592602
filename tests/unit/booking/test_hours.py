"""
Opening hours and slots, over changes of clocks.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from carmarket.core.booking.hours import Open, OpeningHours
from carmarket.core.errors import InvalidError
from carmarket.testing.bookings import some_rules

BERLIN = ZoneInfo("Europe/Berlin")
HALF, QUARTER = timedelta(minutes=30), timedelta(minutes=15)
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)
"""Sundays on which clocks change."""
EARLY = OpeningHours("Europe/Berlin", (Open(6, time(1), time(4)),))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), BERLIN)


def test_slots_follow_each_other_with_a_pause():
    hours = OpeningHours("Europe/Berlin", (Open(0, time(9), time(10, 30)), Open(0, time(14), time(15))))
    monday = date(2026, 6, 1)

    slots = list(hours.slots(monday, HALF, QUARTER))

    assert [one.start for one in slots] == [at(monday, 9), at(monday, 9, 45), at(monday, 14)]
    assert all(one.end - one.start == HALF for one in slots)


def test_a_day_without_hours_has_no_slots():
    assert list(some_rules().hours.slots(date(2026, 6, 7), HALF, QUARTER)) == []


@pytest.mark.parametrize(("day", "length"), [(FORWARD, 2), (BACK, 4), (date(2026, 6, 7), 3)])
def test_an_hour_that_clocks_leave_out_is_not_there_and_one_that_comes_twice_is_there_twice(day, length):
    (period,) = EARLY.on(day)

    assert period.end - period.start == timedelta(hours=length)
    assert len(list(EARLY.slots(day, HALF, timedelta(0)))) == 2 * length


def test_hours_that_clocks_leave_out_altogether_are_not_there():
    hours = OpeningHours("Europe/Berlin", (Open(6, time(2), time(3)),))

    assert list(hours.on(FORWARD)) == []


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Open(7, time(9), time(10)), "hours"),
        (lambda: Open(0, time(10), time(10)), "hours"),
        (lambda: OpeningHours("Berlin", ()), "time_zone"),
        (lambda: OpeningHours("../etc/passwd", ()), "time_zone"),
        (lambda: OpeningHours("UTC", (Open(0, time(9), time(12)), Open(0, time(11), time(15)))), "hours"),
        (lambda: some_rules(slot=timedelta(0)), "slot"),
        (lambda: some_rules(buffer=timedelta(days=2)), "buffer"),
    ],
    ids=range(7),
)
def test_hours_and_rules_that_cannot_be_are_refused(make, field):
    with pytest.raises(InvalidError) as refused:
        make()

    assert refused.value.field == field
    assert refused.value.expected


def test_hours_around_a_gap_of_the_clocks_touch_and_do_not_overlap():
    hours = OpeningHours("Europe/Berlin", (Open(6, time(1, 30), time(2, 30)), Open(6, time(3), time(4))))

    first, second = hours.on(FORWARD)

    assert first.end == second.start == at(FORWARD, 3)
