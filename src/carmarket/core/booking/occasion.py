"""
An occasion in a seller's own calendar, by the clock on a wall, and the periods that follow from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from attrs import frozen

from carmarket.core.booking.calendar import clipped, merged
from carmarket.core.booking.recurrence import Recurrence
from carmarket.core.errors import InvalidError
from carmarket.core.period import Period

DAY = timedelta(days=1)
LONGEST = 366 * DAY
"""Of what comes again."""
MOST_ASKED = 250_000
"""Days that the rules of one calendar may ask."""
MOST_TIMES = 20_000
"""How often everything in one calendar may come, in all."""


@frozen(kw_only=True)
class Occasion:
    """
    A time that is taken, once or again and again.

    Raises: InvalidError for one that comes again and is longer than a year.
    """

    start: datetime
    """Of the first one, by the clock on the wall: without a time zone."""
    zone: ZoneInfo
    days: int = 0
    """How many days it lasts by that clock, such as one that has 23 hours; and `length` behind them."""
    length: timedelta = timedelta(0)
    rule: Recurrence | None = None
    also: tuple[datetime, ...] = ()
    """Further ones, by that clock."""
    left_out: frozenset[datetime] = frozenset()
    """Ones that there are not, by their start in UTC."""
    left_out_days: frozenset[date] = frozenset()
    """Days, by that clock, on which there is none."""

    def __attrs_post_init__(self) -> None:
        if (self.rule or self.also) and self.days * DAY + self.length > LONGEST:
            raise InvalidError(
                "What comes again is not longer than a year.", field="length", expected=f"at most {LONGEST.days} days"
            )

    def cost(self, within: Period) -> int:
        """How many days are asked for `periods`, at most."""
        if self.rule is None:
            return 0
        since, last = self._asked(within)
        return max(0, (last - self.rule.asked_from(self.start.date(), since)).days + 1)

    def periods(self, within: Period) -> Iterator[Period]:
        """Each time that it takes of the period, and perhaps some more around it."""
        for start in (*self._starts(within), *self.also):
            begins = self._instant(start)
            ends = self._instant(start + self.days * DAY) + self.length
            is_left_out = begins in self.left_out or start.date() in self.left_out_days
            if begins < ends and not is_left_out:
                yield Period(begins, ends)

    def _starts(self, within: Period) -> Iterator[datetime]:
        if self.rule is None:
            yield self.start
            return
        for day in self.rule.days(self.start.date(), *self._asked(within)):
            start = datetime.combine(day, self.start.time())
            if self.rule.until is None or self._instant(start) <= self.rule.until:
                yield start

    def _instant(self, wall: datetime) -> datetime:
        """RFC 5545, 3.3.5: of a time that there is twice the first; one that there is not, by the offset before it."""
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def _asked(self, within: Period) -> tuple[date, date]:
        """From the first day on which one that reaches into the period can begin, to the last."""
        reach = self.days * DAY + self.length
        end = within.end if self.rule is None or self.rule.until is None else min(within.end, self.rule.until)
        return (within.start - reach - 2 * DAY).date(), (end + DAY).date()


def taken_by(occasions: Iterable[Occasion], within: Period) -> tuple[Period, ...]:
    """
    All that the occasions take of a period, merged.

    Raises: InvalidError where their rules ask too many days, or they come too often, before that is worked out.
    """
    every = tuple(occasions)
    cost = sum(one.cost(within) for one in every)
    if cost > MOST_ASKED:
        raise InvalidError(
            "The calendar's rules take too long to work out.", field="rules", value=cost, expected=f"{MOST_ASKED} days"
        )
    found: list[Period] = []
    for one in every:
        for period in one.periods(within):
            found.append(period)
            if len(found) > MOST_TIMES:
                raise InvalidError(
                    "The calendar has too many times.", field="times", value=len(found), expected=f"{MOST_TIMES}"
                )
    return merged(clipped(found, within))
