"""
Not asking what has not answered.
"""

from __future__ import annotations

import pytest

from carmarket.adapters.elasticsearch import resting
from carmarket.core.errors import UnavailableError

FAILURES, REST_SECONDS = resting.FAILURES, resting.REST_SECONDS


class Time:
    now = 1_000.0


@pytest.fixture
def time(monkeypatch):
    time = Time()
    monkeypatch.setattr(resting, "monotonic", lambda: time.now)
    return time


def is_awake(rest: resting.Rest) -> bool:
    try:
        rest.demand_awake()
    except UnavailableError:
        return False
    return True


def test_a_search_that_takes_too_long_holds_up_no_other(time):
    rest = resting.Rest()
    for _ in range(FAILURES - 1):
        rest.failed()

    assert is_awake(rest)
    rest.failed()
    assert not is_awake(rest)


def test_one_is_let_through_now_and_then_and_opens_it_for_all(time):
    rest = resting.Rest()
    for _ in range(FAILURES):
        rest.failed()
    time.now += REST_SECONDS

    assert [is_awake(rest) for _ in range(3)] == [True, False, False]
    rest.failed()
    time.now += REST_SECONDS
    assert is_awake(rest)
    rest.answered()
    assert all(is_awake(rest) for _ in range(3))
