"""
Days that come again: a rule is a question to each day, so that what it costs is known before anybody asks.

The parts of RFC 5545, 3.3.10, that name days. What a stranger writes cannot run away with it: no rule is followed from
one of its days to the next, which may never come.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from attrs import frozen

from carmarket.core.errors import InvalidError

DAY = timedelta(days=1)
MOST = 10_000
"""The largest interval and the largest count."""


class Frequency(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"


class OnWeekday(NamedTuple):
    """A day of the week (0 is Monday): every one, or the n-th of its month, counted from the end below zero."""

    weekday: int
    ordinal: int = 0


@frozen(kw_only=True)
class Recurrence:
    """On which days something comes again that was first on some day; that day is the first in any case."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    """How often in all; the first day counts."""
    until: datetime | None = None
    """What begins later is not in it."""
    weekdays: frozenset[OnWeekday] = frozenset()
    month_days: frozenset[int] = frozenset()
    """Counted from the end of the month below zero."""
    months: frozenset[int] = frozenset()
    week_start: int = 0

    def __attrs_post_init__(self) -> None:
        _demand_between("interval", [self.interval], 1, MOST)
        _demand_between("count", [] if self.count is None else [self.count], 1, MOST)
        _demand_between("month_days", map(abs, self.month_days), 1, 31)
        _demand_between("months", self.months, 1, 12)
        _demand_between("weekdays", (abs(one.ordinal) for one in self.weekdays), 0, 5)
        is_short = self.frequency in {Frequency.DAILY, Frequency.WEEKLY}
        if is_short and any(one.ordinal for one in self.weekdays):
            raise InvalidError(
                "Only a month has a first Monday.", field="weekdays", value=self.frequency.value, expected="monthly"
            )
        if self.frequency is Frequency.WEEKLY and self.month_days:
            raise InvalidError("A week has no days of a month.", field="month_days", expected="monthly")
        if self.frequency is Frequency.YEARLY and self.weekdays and not self.months:
            raise InvalidError("A weekday of a year names its month.", field="weekdays", expected="months, too")

    def days(self, first: date, since: date, last: date) -> Iterator[date]:
        """The days from `since` to `last` on which it is, where it began on `first`."""
        left, day = self.count, self.asked_from(first, since)
        while day <= last and left != 0:
            if day == first or self.falls_on(day, first):
                left = None if left is None else left - 1
                if day >= since:
                    yield day
            day += DAY

    def asked_from(self, first: date, since: date) -> date:
        """The day from which on every day is asked: what is counted is counted from its beginning."""
        return first if self.count is not None else max(first, since)

    def falls_on(self, day: date, first: date) -> bool:
        """Whether the rule names the day; a count and an end are not looked at."""
        return (
            self._is_in_turn(day, first)
            and (not self.months or day.month in self.months)
            and (not self.month_days or self._is_day_of_month(day))
            and (not self.weekdays or self._is_weekday(day))
            and self._is_like(day, first)
        )

    def _is_in_turn(self, day: date, first: date) -> bool:
        if self.frequency is Frequency.DAILY:
            return (day - first).days % self.interval == 0
        if self.frequency is Frequency.WEEKLY:
            return (self._week(day) - self._week(first)) % self.interval == 0
        if self.frequency is Frequency.MONTHLY:
            return ((day.year - first.year) * 12 + day.month - first.month) % self.interval == 0
        return (day.year - first.year) % self.interval == 0

    def _is_like(self, day: date, first: date) -> bool:
        """What the rule leaves open is as on the first day."""
        if self.frequency is Frequency.DAILY or self.weekdays:
            return True
        if self.frequency is Frequency.WEEKLY:
            return day.weekday() == first.weekday()
        if self.month_days:
            return True
        if self.frequency is Frequency.YEARLY and not self.months and day.month != first.month:
            return False
        return day.day == first.day

    def _is_day_of_month(self, day: date) -> bool:
        return day.day in self.month_days or day.day - monthrange(day.year, day.month)[1] - 1 in self.month_days

    def _is_weekday(self, day: date) -> bool:
        weekday = day.weekday()
        if (weekday, 0) in self.weekdays or (weekday, (day.day - 1) // 7 + 1) in self.weekdays:
            return True
        from_end = (monthrange(day.year, day.month)[1] - day.day) // 7 + 1
        return (weekday, -from_end) in self.weekdays

    def _week(self, day: date) -> int:
        return (day.toordinal() - 1 - self.week_start) // 7


def _demand_between(name: str, values: Iterable[int], least: int, most: int) -> None:
    for value in values:
        if not least <= value <= most:
            raise InvalidError(
                "A rule by which something comes again has its bounds.",
                field=name,
                value=value,
                expected=f"{least} to {most}",
            )
