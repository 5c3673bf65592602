"""
What is told of when a car is taken: merged, cut to what was asked, and the slots between.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmarket.core.booking.calendar import clipped, days_around, days_of, free_slots, merged
from carmarket.core.errors import InvalidError
from carmarket.core.period import Period
from carmarket.testing.bookings import from_to, some_rules
from carmarket.testing.builders import NOW

HOURS = st.tuples(st.integers(0, 60), st.integers(1, 12)).map(lambda one: from_to(one[0], one[0] + one[1]))


def hours_of(periods: tuple[Period, ...]) -> set[int]:
    return {
        hour
        for hour in range(80)
        if any(one.overlaps(from_to(hour, hour + 1)) for one in periods)
    }  # fmt: skip


@given(st.lists(HOURS, max_size=12))
def test_merged_periods_are_the_same_time_apart_and_in_order(periods):
    found = merged(periods)

    assert hours_of(found) == hours_of(tuple(periods))
    assert all(one.end < two.start for one, two in pairwise(found))


@given(st.lists(HOURS, max_size=8), HOURS)
def test_what_is_cut_is_what_lies_within(periods, within):
    found = clipped(periods, within)

    assert hours_of(found) == hours_of(tuple(periods)) & hours_of((within,))


@given(st.lists(HOURS, max_size=8), st.sampled_from([0, 15, 60]))
def test_a_slot_is_free_when_nothing_taken_stands_in_its_way(periods, buffer):
    rules = some_rules(buffer=timedelta(minutes=buffer))
    days = days_of(date(2026, 5, 1), date(2026, 5, 4))
    every = [slot for day in days for slot in rules.hours.slots(day, rules.slot, rules.buffer)]

    found = free_slots(rules, days, periods, now=NOW)

    assert list(found) == [
        slot for slot in every if slot.start > NOW and not any(rules.blocked(slot).overlaps(taken) for taken in periods)
    ]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 5, 1), 24)], ids=str
)
def test_a_day_is_as_long_as_the_dealers_clock_makes_it(day, hours):
    around = days_around(some_rules(), (day,))

    assert around.end - around.start == timedelta(hours=hours)
    assert around.start < datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.mark.parametrize(("first", "last"), [((2026, 5, 2), (2026, 5, 1)), ((2026, 5, 1), (2026, 7, 2))])
def test_a_calendar_has_a_day_and_two_months_at_most(first, last):
    with pytest.raises(InvalidError) as refused:
        days_of(date(*first), date(*last))

    assert refused.value.field == "to"
    assert len(days_of(date(2026, 5, 1), date(2026, 7, 1))) == 62
