"""
What a booking costs, and what comes back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmarket.core.booking.quote import (
    CancellationPolicy,
    Line,
    RentalTerms,
    refunded_per_mille,
    rental_days,
    rental_lines,
)
from carmarket.core.errors import InvalidError
from carmarket.core.money import Money
from carmarket.core.period import Period
from carmarket.testing.bookings import TERMS, a_quote, from_to
from carmarket.testing.builders import NOW

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-06-01 09:00", "2026-06-02 09:00", 1),
        ("2026-06-01 09:00", "2026-06-02 09:01", 2),
        ("2026-06-01 09:00", "2026-06-01 10:00", 1),
        ("2026-03-28 09:00", "2026-03-29 09:00", 1),
        ("2026-10-24 09:00", "2026-10-25 09:00", 1),
        ("2026-10-24 09:00", "2026-10-26 09:00", 2),
    ],
)
def test_a_day_is_a_day_by_the_clock_on_the_wall(start, end, days):
    period = Period(*(datetime.fromisoformat(text).replace(tzinfo=BERLIN) for text in (start, end)))

    assert rental_days(period, BERLIN) == days


def test_a_rental_is_days_times_rate_a_fee_and_the_tax_on_both():
    lines = rental_lines(TERMS, 3)

    assert lines == (Line("3 days", 15_000), Line("fee", 2_000), Line("tax", 3_230))
    assert a_quote(from_to(24, 96), lines=lines).total == Money(20_230, "EUR")


def test_lines_of_nothing_are_left_out():
    assert rental_lines(RentalTerms(currency="EUR", daily_rate=5_000), 1) == (Line("1 day", 5_000),)


@given(st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 1_000), st.integers(1, 60))
def test_a_tax_is_never_off_by_more_than_half_a_minor_unit(rate, fee, tax, days):
    terms = RentalTerms(currency="EUR", daily_rate=rate, fee=fee, tax_per_mille=tax)
    told = {line.name: line.amount for line in rental_lines(terms, days)}

    assert abs(told.get("tax", 0) * 1_000 - (rate * days + fee) * tax) <= 500


@pytest.mark.parametrize(
    ("policy", "hours", "per_mille"),
    [
        (CancellationPolicy.FLEXIBLE, 24, 1_000), (CancellationPolicy.FLEXIBLE, 23, 500),
        (CancellationPolicy.MODERATE, 120, 1_000), (CancellationPolicy.MODERATE, 119, 500),
        (CancellationPolicy.MODERATE, 23, 0), (CancellationPolicy.STRICT, 168, 500),
        (CancellationPolicy.STRICT, 167, 0),
    ],
)  # fmt: skip
def test_what_comes_back_follows_from_the_policy(policy, hours, per_mille):
    assert refunded_per_mille(policy, timedelta(hours=hours)) == per_mille


def test_all_comes_back_when_the_seller_cancels():
    quote = a_quote(from_to(1, 25), policy=CancellationPolicy.STRICT)

    assert quote.refund(cancelled_at=NOW) == Money(0, "EUR")
    assert quote.refund(cancelled_at=NOW, by_seller=True) == quote.total


@given(st.integers(0, 10**9), st.sampled_from(CancellationPolicy), st.integers(0, 400))
def test_never_more_comes_back_than_was_to_be_paid(amount, policy, hours):
    quote = a_quote(from_to(hours + 1, hours + 25), policy=policy, lines=(Line("1 day", amount),))

    assert 0 <= quote.refund(cancelled_at=NOW).amount <= amount


@pytest.mark.parametrize(
    "said", [{"daily_rate": -1}, {"daily_rate": 1, "tax_per_mille": 1_001}, {"daily_rate": 1, "currency": "eur"}]
)
def test_terms_that_cannot_be_are_refused(said):
    with pytest.raises(InvalidError):
        RentalTerms(**{"currency": "EUR", **said})
