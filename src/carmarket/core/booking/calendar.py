"""
When a car is taken, and when it can still be tried: all that others are told of its bookings.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from attrs import frozen

from carmarket.core.booking.hours import zone_of
from carmarket.core.booking.rules import DealerRules
from carmarket.core.errors import InvalidError
from carmarket.core.period import Period

MOST_DAYS = 62
"""Two months at a time."""
EARLIEST, LATEST = date(1970, 1, 1), date(9998, 12, 31)
"""Every time zone has these days."""


@frozen(kw_only=True)
class Calendar:
    """What of some days is taken, and which slots for test drives are left; never by whom."""

    busy: tuple[Period, ...]
    slots: tuple[Period, ...]


def days_of(first: date, last: date) -> tuple[date, ...]:
    """
    The dates from the first to the last, both included.

    Raises: InvalidError for none, or for more than two months.
    """
    count = (last - first).days + 1
    if not (1 <= count <= MOST_DAYS and first >= EARLIEST and last <= LATEST):
        raise InvalidError(
            "A calendar shows some days, the last one last.",
            field="to",
            value=last.isoformat(),
            expected=f"{first.isoformat()} or up to {MOST_DAYS - 1} days later",
        )
    return tuple(first + timedelta(days=number) for number in range(count))


def days_around(rules: DealerRules, days: tuple[date, ...]) -> Period:
    """From the midnight before the first day to the one behind the last, by the dealer's clock."""
    zone = zone_of(rules.hours.time_zone)
    start, end = (datetime.combine(day, time(), zone) for day in (days[0], days[-1] + timedelta(days=1)))
    return Period(start, end)


def free_slots(
    rules: DealerRules, days: Iterable[date], taken: Iterable[Period], *, now: datetime
) -> tuple[Period, ...]:
    """The slots for test drives that have not begun and that nothing taken stands in the way of."""
    busy = merged(taken)

    def is_free(wanted: Period) -> bool:
        # Disjoint and in order, so the last one that begins before the wanted one ends decides.
        at = bisect_left(busy, wanted.end, key=lambda one: one.start)
        return at == 0 or busy[at - 1].end <= wanted.start

    return tuple(
        slot
        for day in days
        for slot in rules.hours.slots(day, rules.slot, rules.buffer)
        if slot.start > now and is_free(rules.blocked(slot))
    )


def merged(periods: Iterable[Period]) -> tuple[Period, ...]:
    """The same time as disjoint periods in order: those that touch are one."""
    return tuple(_merged(sorted(periods, key=lambda one: one.start)))


def without(periods: Iterable[Period], taken: Iterable[Period]) -> tuple[Period, ...]:
    """What is left of the periods, disjoint and in order, where nothing is taken."""
    return tuple(_left(merged(periods), merged(taken)))


def covers(periods: Sequence[Period], wanted: Period) -> bool:
    """Whether all of the wanted time lies in the periods, which `merged` has made."""
    at = bisect_right(periods, wanted.start, key=lambda one: one.start)
    return at > 0 and wanted.end <= periods[at - 1].end


def clipped(periods: Iterable[Period], within: Period) -> tuple[Period, ...]:
    """What of the periods lies within another."""
    return tuple(
        Period(max(one.start, within.start), min(one.end, within.end)) for one in periods if one.overlaps(within)
    )


def _left(periods: Sequence[Period], taken: Sequence[Period]) -> Iterator[Period]:
    for period in periods:
        start = period.start
        at = bisect_right(taken, start, key=lambda one: one.end)
        while at < len(taken) and taken[at].start < period.end:
            if start < taken[at].start:
                yield Period(start, taken[at].start)
            start = taken[at].end
            at += 1
        if start < period.end:
            yield Period(start, period.end)


def _merged(ordered: Iterable[Period]) -> Iterator[Period]:
    last: Period | None = None
    for one in ordered:
        if last is None:
            last = one
        elif one.start <= last.end:
            last = Period(last.start, max(last.end, one.end))
        else:
            yield last
            last = one
    if last is not None:
        yield last
