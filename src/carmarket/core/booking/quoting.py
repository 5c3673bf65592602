"""
From a dealer's rules to a quote: what of a wish fits, and what it costs.
"""

from __future__ import annotations

from datetime import datetime

from carmarket.core.booking.booking import NotBookableError, demand_time
from carmarket.core.booking.hours import zone_of
from carmarket.core.booking.quote import GOOD_FOR, NO_MONEY, BookingKind, Line, Quote, rental_days, rental_lines
from carmarket.core.booking.rules import DealerRules
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import InvalidError
from carmarket.core.period import Period


def quoted(rules: DealerRules, car_id: CarId, kind: BookingKind, period: Period, *, now: datetime) -> Quote:
    """
    What a booking would cost, good for half an hour.

    Raises: NotBookableError for a kind that the dealer does not offer; InvalidError for a period that does not fit
        the rules, or the year to come.
    """
    demand_time(period, now)
    return Quote(
        car_id=car_id,
        kind=kind,
        period=period,
        currency=rules.rental.currency if rules.rental else NO_MONEY,
        lines=_lines(rules, kind, period, now),
        deposit=rules.rental.deposit if rules.rental and kind is BookingKind.RENTAL else 0,
        policy=rules.policy,
        expires_at=now + GOOD_FOR,
    )


def _lines(rules: DealerRules, kind: BookingKind, period: Period, now: datetime) -> tuple[Line, ...]:
    if kind is BookingKind.BUSY:
        raise NotBookableError(
            "Nobody is quoted a seller's own time.", field="kind", value=kind.value, expected="test-drive"
        )
    if kind is BookingKind.TEST_DRIVE:
        _demand_slot(rules, period)
        return ()
    if kind is BookingKind.RESERVATION:
        _demand_length(rules, period, now)
        return ()
    if rules.rental is None:
        raise NotBookableError("This dealer rents no cars.", field="kind", value=kind.value, expected="test-drive")
    return rental_lines(rules.rental, rental_days(period, zone_of(rules.hours.time_zone)))


def _demand_slot(rules: DealerRules, period: Period) -> None:
    day = period.start.astimezone(zone_of(rules.hours.time_zone)).date()
    if period not in set(rules.hours.slots(day, rules.slot, rules.buffer)):
        raise InvalidError(
            "A test drive takes one of the dealer's slots.",
            field="period",
            value=period.start.isoformat(),
            expected="a slot of the car's calendar",
        )


def _demand_length(rules: DealerRules, period: Period, now: datetime) -> None:
    """A car that is reserved is before nobody else: that begins soon, and is over soon."""
    if period.start > now + rules.longest_reservation:
        raise InvalidError(
            "A reservation begins soon.",
            field="period",
            value=period.start.isoformat(),
            expected=f"by {(now + rules.longest_reservation).isoformat()}",
        )
    if period.end - period.start > rules.longest_reservation:
        raise InvalidError(
            "A car is not kept for so long.",
            field="period",
            value=str(period.end - period.start),
            expected=f"at most {rules.longest_reservation}",
        )
