"""
The arithmetic of limits, and how settings write them.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmarket.config import load_settings
from carmarket.core.errors import InvalidError
from carmarket.core.limits import DEFAULT_LIMITS, Limit, judged

SECOND = timedelta(seconds=1)
limits = st.builds(Limit, st.integers(1, 50), st.integers(1, 100_000).map(lambda ms: timedelta(milliseconds=ms)))


@given(limits, st.integers(0, 10**15))
def test_a_burst_passes_at_once_and_then_one_an_interval(limit, now):
    due = 0
    for left in reversed(range(limit.burst)):
        verdict, due = judged(limit, due, now)
        assert (verdict.is_allowed, verdict.remaining) == (True, left)
    refused, due = judged(limit, due, now)

    assert not refused.is_allowed
    assert refused.retry_after == limit.interval
    assert not judged(limit, due, now + limit.interval - 1)[0].is_allowed
    assert judged(limit, due, now + limit.interval)[0].is_allowed


@given(limits, st.lists(st.integers(0, 3), max_size=100))
def test_who_keeps_to_the_rate_always_passes(limit, late):
    now, due = 0, 0
    for later in late:
        now += limit.interval + later
        verdict, due = judged(limit, due, now)

        assert verdict.is_allowed


@given(limits)
def test_the_rate_is_never_more_than_what_is_said(limit):
    assert limit.interval * limit.burst >= limit.per / timedelta(microseconds=1)


@pytest.mark.parametrize(("burst", "per"), [(0, SECOND), (-1, SECOND), (1, timedelta(0)), (1, timedelta(days=2))])
def test_a_limit_is_a_number_and_a_time(burst, per):
    with pytest.raises(InvalidError):
        Limit(burst, per)


@pytest.mark.parametrize(
    ("said", "differs"),
    [
        ("login=3/m", {"login": Limit(3)}),
        (" read=100/s , write=7/h", {"read": Limit(100, SECOND), "write": Limit(7, timedelta(hours=1))}),
        ("", {}),
    ],
)
def test_limits_are_written_in_the_environment(monkeypatch, said, differs):
    monkeypatch.setenv("CARMARKET_LIMITS", said)

    assert load_settings().limits == {**DEFAULT_LIMITS, **differs}


def test_limits_can_be_off(monkeypatch):
    monkeypatch.setenv("CARMARKET_LIMITS", "off")

    assert load_settings().limits is None


def test_a_file_has_a_table_of_limits(tmp_path):
    file = tmp_path / "market.toml"
    file.write_text('[carmarket]\ntrusted_proxies = ["10.0.0.0/8"]\n[carmarket.limits]\nlogin = "3/m"\n')

    settings = load_settings(file=file)

    assert settings.limits == {**DEFAULT_LIMITS, "login": Limit(3)}
    assert settings.trusted_proxies == ("10.0.0.0/8",)


@pytest.mark.parametrize(
    "said", ["login", "login=", "login=3", "login=3/d", "login=x/m", "logins=3/m", "login=0/m", "on"]
)
def test_what_is_no_limit_is_refused(monkeypatch, said):
    monkeypatch.setenv("CARMARKET_LIMITS", said)

    with pytest.raises(InvalidError):
        load_settings()


def test_proxies_are_written_in_the_environment(monkeypatch):
    monkeypatch.setenv("CARMARKET_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    assert load_settings().trusted_proxies == ("10.0.0.0/8", "::1")

    monkeypatch.setenv("CARMARKET_TRUSTED_PROXIES", "10.0.0.0/8, gateway")
    with pytest.raises(InvalidError):
        load_settings()
