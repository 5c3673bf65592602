"""
On which days something comes again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrule, weekday  # type: ignore[import-untyped]  # a library of libraries, to compare with
from hypothesis import given, settings
from hypothesis import strategies as st

from carmarket.core.booking.occasion import LONGEST, MOST_ASKED, MOST_TIMES, Occasion, taken_by
from carmarket.core.booking.recurrence import MOST, Frequency, OnWeekday, Recurrence
from carmarket.core.errors import InvalidError
from carmarket.core.period import Period

DAILY, WEEKLY, MONTHLY, YEARLY = Frequency
FIRST = date(2026, 5, 4)
BERLIN = ZoneInfo("Europe/Berlin")
YEAR = Period(datetime(2026, 5, 1, tzinfo=UTC), datetime(2027, 5, 2, tzinfo=UTC))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(*moment: int) -> datetime:
    return datetime(*moment)  # type: ignore[arg-type]  # noqa: DTZ001  # year, month and so on, on the wall


def on(*weekdays: int, ordinal: int = 0) -> frozenset[OnWeekday]:
    return frozenset(OnWeekday(one, ordinal) for one in weekdays)


def first_days(rule: Recurrence, count: int = 4, first: date = FIRST) -> list[str]:
    return [str(day) for day in islice(rule.days(first, first, first + 3_000 * DAY), count)]


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ({"frequency": DAILY, "interval": 3}, ["2026-05-04", "2026-05-07", "2026-05-10", "2026-05-13"]),
        ({"frequency": DAILY, "count": 2}, ["2026-05-04", "2026-05-05"]),
        ({"frequency": DAILY, "months": {6}}, ["2026-05-04", "2026-06-01", "2026-06-02", "2026-06-03"]),
        ({"frequency": WEEKLY, "interval": 2}, ["2026-05-04", "2026-05-18", "2026-06-01", "2026-06-15"]),
        (
            {"frequency": WEEKLY, "weekdays": on(1, 3), "interval": 2},
            ["2026-05-04", "2026-05-05", "2026-05-07", "2026-05-19"],
        ),
        ({"frequency": MONTHLY}, ["2026-05-04", "2026-06-04", "2026-07-04", "2026-08-04"]),
        ({"frequency": MONTHLY, "month_days": {-1}}, ["2026-05-04", "2026-05-31", "2026-06-30", "2026-07-31"]),
        (
            {"frequency": MONTHLY, "weekdays": on(4, ordinal=-1)},
            ["2026-05-04", "2026-05-29", "2026-06-26", "2026-07-31"],
        ),
        (
            {"frequency": MONTHLY, "weekdays": on(4), "month_days": {13}},
            ["2026-05-04", "2026-11-13", "2027-08-13", "2028-10-13"],
        ),
        ({"frequency": YEARLY}, ["2026-05-04", "2027-05-04", "2028-05-04", "2029-05-04"]),
        (
            {"frequency": YEARLY, "months": {3}, "weekdays": on(6, ordinal=-1)},
            ["2026-05-04", "2027-03-28", "2028-03-26", "2029-03-25"],
        ),
    ],
    ids=str,
)
def test_a_rule_names_its_days(said: dict[str, Any], days: list[str]):
    assert first_days(Recurrence(**said)) == days


def test_a_week_begins_where_the_rule_says_so():
    """The example of RFC 5545, 3.8.5.3, from a Tuesday."""
    found = {
        start: first_days(
            Recurrence(frequency=WEEKLY, interval=2, count=4, weekdays=on(1, 6), week_start=start),
            first=date(1997, 8, 5),
        )
        for start in (0, 6)
    }

    assert found == {
        0: ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"],
        6: ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"],
    }


ORDINALS = st.sampled_from([-4, -1, 1, 2, 4])
"""None is 0: the other library takes every Monday and the first Tuesday, named together, for days that are both."""
WEEKDAYS = st.frozensets(st.builds(OnWeekday, st.integers(0, 6), st.just(0)), max_size=3)
RULES = st.one_of(
    st.fixed_dictionaries({"frequency": st.just(DAILY), "weekdays": WEEKDAYS}),
    st.fixed_dictionaries({"frequency": st.just(WEEKLY), "weekdays": WEEKDAYS, "week_start": st.integers(0, 6)}),
    st.fixed_dictionaries({"frequency": st.just(MONTHLY), "month_days": st.frozensets(st.integers(1, 28), max_size=3)}),
    st.fixed_dictionaries(
        {
            "frequency": st.just(MONTHLY),
            "weekdays": st.frozensets(st.builds(OnWeekday, st.integers(0, 6), ORDINALS), min_size=1),
        }
    ),
    st.fixed_dictionaries({"frequency": st.just(YEARLY), "months": st.frozensets(st.integers(1, 12), min_size=1)}),
)


@settings(deadline=None)  # two years are asked day by day, on however slow a machine
@given(RULES, st.integers(1, 4), st.dates(date(2024, 1, 1), date(2026, 5, 1)))
def test_a_rule_names_the_days_that_another_library_names(said, interval, first):
    rule = Recurrence(**said, interval=interval)
    start = at(first.year, first.month, first.day)
    asked = {
        "byweekday": [weekday(one.weekday, one.ordinal or None) for one in rule.weekdays] or None,
        "bymonthday": sorted(rule.month_days) or None,
        "bymonth": sorted(rule.months) or None,
    }
    theirs = rrule(
        ["yearly", "monthly", "weekly", "daily"].index(rule.frequency), start, interval=interval, wkst=rule.week_start,
        until=start + 800 * DAY, **asked,
    )  # fmt: skip

    found = set(rule.days(first, first, first + 800 * DAY))

    assert found == {one.date() for one in theirs} | {first}


@pytest.mark.parametrize(
    "said",
    [
        {"interval": 0},
        {"interval": -1},
        {"interval": MOST + 1},
        {"count": 0},
        {"count": MOST + 1},
        {"month_days": {0}},
        {"month_days": {-32}},
        {"months": {13}},
        {"weekdays": on(0, ordinal=6), "frequency": MONTHLY},
        {"weekdays": on(0, ordinal=1)},
        {"weekdays": on(0), "frequency": YEARLY},
        {"month_days": {1}, "frequency": WEEKLY},
    ],
    ids=str,
)
def test_a_rule_without_bounds_or_sense_is_refused(said: dict[str, Any]):
    with pytest.raises(InvalidError) as refused:
        Recurrence(**{"frequency": DAILY, **said})

    assert refused.value.field in {"interval", "count", "month_days", "months", "weekdays"}


@pytest.mark.parametrize(
    "said",
    [
        {"frequency": DAILY, "months": {2}, "month_days": {30}},
        {"frequency": MONTHLY, "interval": 12, "month_days": {31}},
        {"frequency": YEARLY, "interval": MOST, "months": {2}, "month_days": {30}},
    ],
    ids=str,
)
def test_a_rule_that_names_no_day_asks_each_day_once(said: dict[str, Any]):
    """Libraries that look for the next day look until the year 9999, or for ever."""
    occasion = Occasion(start=at(2026, 2, 3), zone=BERLIN, length=HOUR, rule=Recurrence(**said))

    assert taken_by([occasion], YEAR) == ()
    assert occasion.cost(YEAR) < 400


def test_what_comes_again_keeps_its_time_on_the_wall_when_clocks_change():
    """In Berlin clocks go back on 25 October 2026."""
    daily = Occasion(start=at(2026, 10, 24, 9), zone=BERLIN, length=HOUR, rule=Recurrence(frequency=DAILY, count=3))

    assert [one.start.hour for one in taken_by([daily], YEAR)] == [7, 8, 8]
    assert [one.end - one.start for one in taken_by([daily], YEAR)] == [HOUR] * 3


@pytest.mark.parametrize(("day", "hours"), [(at(2026, 10, 25), 25), (at(2027, 3, 28), 23), (at(2026, 7, 1), 24)])
def test_a_day_is_as_long_as_it_is(day, hours):
    (period,) = taken_by([Occasion(start=day, zone=BERLIN, days=1)], YEAR)

    assert period.end - period.start == hours * HOUR


@pytest.mark.parametrize(
    ("wall", "begins"),
    [(at(2027, 3, 28, 2, 30), (2027, 3, 28, 1, 30)), (at(2026, 10, 25, 2, 30), (2026, 10, 25, 0, 30))],
)
def test_a_time_that_is_not_there_or_there_twice_is_read_as_the_standard_says(wall, begins):
    (period,) = taken_by([Occasion(start=wall, zone=BERLIN, length=HOUR)], YEAR)

    assert period.start == at(*begins).replace(tzinfo=UTC)


def test_what_is_left_out_counts_and_what_is_added_does_not():
    weekly = Occasion(
        start=at(2026, 5, 4, 9), zone=BERLIN, length=HOUR, rule=Recurrence(frequency=WEEKLY, count=4),
        also=(at(2026, 5, 6, 9),), left_out=frozenset({datetime(2026, 5, 11, 7, tzinfo=UTC)}),
        left_out_days=frozenset({date(2026, 5, 18)}),
    )  # fmt: skip

    assert [one.start.day for one in taken_by([weekly], YEAR)] == [4, 6, 25]


def test_an_end_is_the_last_moment_at_which_it_may_begin():
    def count(until: datetime) -> int:
        rule = Recurrence(frequency=DAILY, until=until)
        return len(taken_by([Occasion(start=at(2026, 5, 4, 9), zone=BERLIN, length=HOUR, rule=rule)], YEAR))

    assert [count(datetime(2026, 5, 6, 7, minute, tzinfo=UTC) - HOUR * minute) for minute in (0, 1)] == [3, 2]


def test_what_began_long_ago_and_reaches_into_the_year_is_taken():
    old = Occasion(start=at(2019, 12, 31, 12), zone=BERLIN, days=200, rule=Recurrence(frequency=YEARLY))
    once = Occasion(start=at(1200, 1, 1), zone=BERLIN, days=365 * 900)

    assert taken_by([old], YEAR)[0].start == YEAR.start
    assert taken_by([once], YEAR) == (YEAR,)


def test_what_is_too_much_is_refused_before_it_is_worked_out():
    long = Occasion(start=at(1300, 1, 1), zone=BERLIN, length=HOUR, rule=Recurrence(frequency=YEARLY, count=MOST))
    many = Occasion(start=at(2026, 5, 4), zone=BERLIN, length=HOUR, also=tuple([at(2026, 5, 4)] * MOST_TIMES))

    with pytest.raises(InvalidError) as slow:
        taken_by([long], YEAR)
    with pytest.raises(InvalidError) as often:
        taken_by([many], YEAR)
    with pytest.raises(InvalidError) as wide:
        Occasion(start=at(2026, 5, 4), zone=BERLIN, length=LONGEST + HOUR, rule=Recurrence(frequency=DAILY))

    assert [one.value.field for one in (slow, often, wide)] == ["rules", "times", "length"]
    assert long.cost(YEAR) > MOST_ASKED


def test_a_moment_takes_no_time():
    assert taken_by([Occasion(start=at(2026, 5, 4, 9), zone=BERLIN)], YEAR) == ()
