"""
How often is too often: the generic cell rate algorithm, as arithmetic on whole microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from attrs import field, frozen

from carmarket.core.errors import InvalidError

MICROSECOND = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
MOST = 10**9
LONGEST = timedelta(days=1)


@frozen
class Limit:
    """
    So many at once, and then as many in each `per`, spread evenly.

    Raises: InvalidError for less than one, or for a time that is not between a millisecond and a day.
    """

    burst: int
    per: timedelta = MINUTE
    interval: int = field(init=False, repr=False, eq=False)
    """Microseconds from one to the next. Rounded up, so that the rate is never more than what is said."""

    def __attrs_post_init__(self) -> None:
        if not (1 <= self.burst <= MOST and timedelta(milliseconds=1) <= self.per <= LONGEST):
            raise InvalidError(
                "A limit is a number and a time.",
                field="limit",
                value=f"{self.burst} in {self.per}",
                expected=f"1 to {MOST} in a millisecond to a day",
            )
        object.__setattr__(self, "interval", -(-(self.per // MICROSECOND) // self.burst))


@frozen
class Verdict:
    """Whether a hit may pass, and what a client can be told of those to come. Times are microseconds from now."""

    is_allowed: bool
    remaining: int
    """How many more would pass at this moment."""
    retry_after: int
    """When the next would pass; 0 if it would now."""
    full_after: int
    """When as many would pass at once as ever."""


def judged(limit: Limit, due: int, now: int) -> tuple[Verdict, int]:
    """
    What becomes of a hit at `now`, and what is remembered of it: the moment at which nothing is owed any more.

    `due` is what the hit before left, in microseconds as `now` is; a moment that has passed says nothing. In any time
    t at most `burst + t / interval + 1` pass (ATM Forum, Traffic Management 4.0, "generic cell rate algorithm").
    """
    owed, whole = max(due - now, 0), limit.burst * limit.interval
    after = owed + limit.interval
    if after > whole:
        return Verdict(False, 0, after - whole, owed), due
    room = whole - after
    return Verdict(True, room // limit.interval, max(limit.interval - room, 0), after), now + after


DEFAULT_LIMITS: Mapping[str, Limit] = {
    "read": Limit(600),
    "search": Limit(600),
    "write": Limit(120),
    "upload": Limit(60),
    "login": Limit(10),
    "register": Limit(5),
}
"""Of each class of requests, for each user and for each address."""
