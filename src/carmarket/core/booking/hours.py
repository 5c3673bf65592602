"""
When a dealer is open, in the dealer's own time zone, and the slots for test drives that follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import field, frozen

from carmarket.core.errors import InvalidError
from carmarket.core.period import Period

WEEK = range(7)


@frozen(order=True)
class Open:
    """From one time of day to another on a day of the week (0 is Monday), by the clock on the wall."""

    weekday: int
    opens: time
    closes: time

    def __attrs_post_init__(self) -> None:
        if self.weekday not in WEEK or self.opens >= self.closes or self.opens.tzinfo or self.closes.tzinfo:
            raise InvalidError(
                "Opening hours are a weekday from 0 (Monday) to 6, and two times of day, the later one last.",
                field="hours",
                value=f"{self.weekday} {self.opens}-{self.closes}",
                expected="such as 0 09:00-18:00",
            )


def zone_of(name: str) -> ZoneInfo:
    """Raises: InvalidError for what is no name of the IANA time zone database."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise InvalidError(
            "There is no such time zone.", field="time_zone", value=name[:80], expected="a name such as Europe/Berlin"
        ) from unknown


def _sorted(hours: tuple[Open, ...]) -> tuple[Open, ...]:
    return tuple(sorted(hours))


@frozen
class OpeningHours:
    """The hours of a week; a day may have several, which do not overlap."""

    time_zone: str
    hours: tuple[Open, ...] = field(default=(), converter=_sorted)

    def __attrs_post_init__(self) -> None:
        zone_of(self.time_zone)
        for one, following in zip(self.hours, self.hours[1:], strict=False):
            if one.weekday == following.weekday and following.opens < one.closes:
                raise InvalidError(
                    "Opening hours of a day do not overlap.",
                    field="hours",
                    value=f"{following.opens}",
                    expected=f"{one.closes} or later",
                )

    def on(self, day: date) -> Iterator[Period]:
        """The hours of a date as periods. An hour that the clocks leave out is not there."""
        zone = zone_of(self.time_zone)
        for one in self.hours:
            if one.weekday == day.weekday():
                opens, closes = (_instant(day, at, zone) for at in (one.opens, one.closes))
                if opens < closes:
                    yield Period(opens, closes)

    def slots(self, day: date, length: timedelta, pause: timedelta) -> Iterator[Period]:
        """Slots of a date, one after the other with a pause between them."""
        for one in self.on(day):
            start = one.start
            while start + length <= one.end:
                yield Period(start, start + length)
                start += length + pause


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment in UTC; where clocks are put forward over it, the moment at which they are."""
    local = datetime.combine(day, at, zone)
    later, earlier = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if later <= earlier:
        return later
    # The time is left out: between the two ways to read it lies the change, which is sought by halves.
    while later - earlier > timedelta(seconds=1):
        middle = earlier + (later - earlier) / 2
        changed = middle.astimezone(zone).utcoffset() == later.astimezone(zone).utcoffset()
        earlier, later = (earlier, middle) if changed else (middle, later)
    return later.replace(microsecond=0)
