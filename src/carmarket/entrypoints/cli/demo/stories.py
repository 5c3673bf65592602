"""
What can come of a booking, told as the demo tells it.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.booking.quote import BookingKind
from carmarket.core.side import Side

BOTH = frozenset(Side)
UNDECIDED = frozenset({BookingStatus.REQUESTED, BookingStatus.DECLINED, BookingStatus.EXPIRED})
"""Ends that no booking comes to that is confirmed at once."""


@frozen(kw_only=True)
class Story:
    """Days count from the day of seeding, so that those gone by are below zero."""

    kind: BookingKind = BookingKind.TEST_DRIVE
    booked: int
    starts: int
    """If the dealer is closed, a day or two later."""
    days: int = 1
    """How long somebody has the car, but for a test drive."""
    ends: BookingStatus
    reviewed_by: frozenset[Side] = frozenset()
    is_replied: bool = False
    is_moderated_by_turns: bool = False
    """At some dealers its reviews still wait for a moderator."""


COMMON = (
    Story(booked=-34, starts=-31, ends=BookingStatus.COMPLETED, reviewed_by=BOTH, is_replied=True),
    Story(
        kind=BookingKind.RENTAL,
        booked=-30,
        starts=-27,
        days=3,
        ends=BookingStatus.COMPLETED,
        reviewed_by=frozenset({Side.CUSTOMER}),
        is_replied=True,
    ),
    Story(booked=-2, starts=4, ends=BookingStatus.CONFIRMED),
    Story(booked=-13, starts=-10, ends=BookingStatus.COMPLETED, reviewed_by=BOTH, is_moderated_by_turns=True),
)
"""Every dealer has these, as far as it has cars."""
TURNS = (
    Story(booked=-16, starts=-13, ends=BookingStatus.NO_SHOW),
    Story(booked=0, starts=5, ends=BookingStatus.REQUESTED),
    Story(kind=BookingKind.RENTAL, booked=-9, starts=6, days=5, ends=BookingStatus.CANCELLED),
    Story(booked=-12, starts=-6, ends=BookingStatus.DECLINED),
    Story(kind=BookingKind.RENTAL, booked=-1, starts=8, days=4, ends=BookingStatus.CONFIRMED),
    Story(booked=-8, starts=-2, ends=BookingStatus.EXPIRED),
    Story(kind=BookingKind.RESERVATION, booked=-20, starts=-17, days=5, ends=BookingStatus.CANCELLED),
    Story(booked=-7, starts=-5, ends=BookingStatus.COMPLETED),
)
"""
Every dealer has two of these in turn. No reservation is confirmed in the end: that would take its car out of the
search, and the demo has all of its cars for sale.
"""
