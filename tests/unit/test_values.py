"""
Money, periods, places and who may do what.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from carmarket.core.errors import ForbiddenError, InvalidError
from carmarket.core.money import Money, RateTable
from carmarket.core.period import Period, milliseconds
from carmarket.core.place import Point
from carmarket.core.users.roles import PERMISSIONS, Permission, Role, allows, demand

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def hours(start: int, end: int) -> Period:
    return Period(NOON + timedelta(hours=start), NOON + timedelta(hours=end))


@pytest.mark.parametrize(
    ("major", "currency", "minor"),
    [("19995", "EUR", 1_999_500), ("0.005", "USD", 1), ("1500", "JPY", 1_500), ("1.2345", "KWD", 1_235)],
)
def test_major_units_become_minor_units_of_the_currency(major, currency, minor):
    assert Money.of(Decimal(major), currency).amount == minor


def test_money_reads_as_people_write_it():
    assert str(Money(1_999_500, "EUR")) == "19,995.00 EUR"
    assert str(Money(1_500, "JPY")) == "1,500 JPY"


@pytest.mark.parametrize(("amount", "currency"), [(-1, "EUR"), (10**15 + 1, "EUR"), (1, "eur"), (1, "EURO")])
def test_money_that_cannot_be_is_refused(amount, currency):
    with pytest.raises(InvalidError):
        Money(amount, currency)


def test_prices_are_brought_to_the_base_currency():
    rates = RateTable(base="USD", rates={"EUR": Decimal("1.08"), "JPY": Decimal("0.0067")})

    assert rates.to_base(Money(10_000, "EUR")) == 10_800
    assert rates.to_base(Money(1_000_000, "JPY")) == 670_000
    assert rates.to_base(Money(10_000, "USD")) == 10_000
    assert rates.to_base(Money(10_000, "GBP")) is None


def test_back_to_back_periods_do_not_overlap():
    assert not hours(0, 1).overlaps(hours(1, 2))
    assert hours(0, 2).overlaps(hours(1, 3))
    assert hours(0, 3).overlaps(hours(1, 2))


@pytest.mark.parametrize("end", [0, -1])
def test_a_period_is_never_empty(end):
    with pytest.raises(InvalidError, match="ends after it starts"):
        hours(0, end)


def test_an_instant_names_its_time_zone():
    with pytest.raises(InvalidError, match="time zone"):
        Period(datetime(2026, 1, 1), NOON)  # noqa: DTZ001  what is tested


def test_milliseconds_are_exact():
    assert milliseconds(datetime(2026, 5, 1, 12, 0, 0, 123_000, tzinfo=UTC)) == 1_777_636_800_123


def test_a_degree_along_the_equator_is_111_kilometres():
    assert Point(0, 0).distance_m(Point(0, 1)) == pytest.approx(111_195, abs=1)
    assert Point(52.52, 13.405).distance_m(Point(48.137, 11.575)) == pytest.approx(504_400, rel=0.01)


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (0, 181), (float("nan"), 0)])
def test_a_point_lies_on_the_earth(latitude, longitude):
    with pytest.raises(InvalidError):
        Point(latitude, longitude)


def test_every_role_is_in_the_table():
    assert set(PERMISSIONS) == set(Role)
    assert allows({Role.CUSTOMER}, Permission.SELL)
    assert not allows({Role.MODERATOR}, Permission.SELL)


def test_who_may_not_is_told_who_may():
    with pytest.raises(ForbiddenError) as caught:
        demand({Role.CUSTOMER}, Permission.MODERATE)

    assert caught.value.expected == "moderator, admin"
