"""
Half-open periods of time, in UTC and to the millisecond.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attrs import field, frozen

from carmarket.core.errors import InvalidError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970 in UTC, exact; what stores and indexes compare."""
    return (instant - EPOCH) // MILLISECOND


def instant_of(count: int) -> datetime:
    """The way back."""
    return EPOCH + count * MILLISECOND


def utc_instant(instant: datetime) -> datetime:
    """
    The instant in UTC, cut to milliseconds.

    Raises: InvalidError if it names no time zone.
    """
    if instant.tzinfo is None:
        raise InvalidError(
            "An instant names its time zone.",
            field="instant",
            value=instant.isoformat(),
            expected="an offset or Z",
        )
    try:
        utc = instant.astimezone(UTC)
    except OverflowError:
        raise InvalidError(
            "An instant lies between the years 1 and 9999 in UTC.",
            field="instant",
            value=instant.isoformat(),
            expected="0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z",
        ) from None
    return utc.replace(microsecond=utc.microsecond // 1_000 * 1_000)


@frozen
class Period:
    """
    From `start` up to, but not including, `end`; so back-to-back periods do not overlap. Never empty.

    Raises: InvalidError if the end is not after the start, or an instant has no time zone.
    """

    start: datetime = field(converter=utc_instant)
    end: datetime = field(converter=utc_instant)

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise InvalidError(
                "A period ends after it starts.",
                field="end",
                value=self.end.isoformat(),
                expected=f"later than {self.start.isoformat()}",
            )

    def overlaps(self, other: Period) -> bool:
        """Whether the two share an instant."""
        return self.start < other.end and other.start < self.end
