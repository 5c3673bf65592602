"""
Prices and their history.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from carmarket.core.catalog.prices import AskingPrice
from carmarket.core.errors import InvalidError
from carmarket.core.money import Money

START = datetime(2026, 1, 1, tzinfo=UTC)


def euros(amount: int) -> Money:
    return Money(amount * 100, "EUR")


def priced(*steps: tuple[int, int]) -> AskingPrice:
    """Prices by the day since the start."""
    (day, amount), *rest = steps
    price = AskingPrice.first(euros(amount), START + timedelta(days=day))
    for day, amount in rest:
        price = price.changed_to(euros(amount), START + timedelta(days=day))
    return price


def test_a_first_price_is_no_reduction():
    assert priced((0, 100)).low_before_reduction() is None


def test_a_reduction_is_measured_against_the_lowest_price_of_thirty_days():
    price = priced((0, 120), (40, 90), (50, 110), (60, 95))

    assert price.low_before_reduction() == euros(90)


def test_a_price_that_was_asked_when_the_window_opened_counts():
    price = priced((0, 80), (31, 120), (60, 100))

    assert price.low_before_reduction() == euros(80)


def test_a_price_that_ended_before_the_window_does_not_count():
    price = priced((0, 80), (20, 120), (60, 100))

    assert price.low_before_reduction() == euros(120)


def test_a_rise_is_no_reduction():
    assert priced((0, 100), (10, 110)).low_before_reduction() is None


def test_prices_of_another_currency_do_not_count():
    price = priced((0, 100)).changed_to(Money(5_000, "USD"), START + timedelta(days=1))

    assert price.low_before_reduction() is None


def test_a_history_forgets_its_oldest_points_beyond_five_hundred():
    price = priced((0, 1))
    for n in range(600):
        price = price.changed_to(euros(2 + n), START + timedelta(hours=n + 1))

    assert len(price.history) == 500
    assert price.current == euros(601)


def test_a_price_without_points_is_refused():
    with pytest.raises(InvalidError, match="at least one point"):
        AskingPrice(())
