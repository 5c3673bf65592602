"""
Refresh tokens: each replaces the one before, and a token that comes twice ends the session.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmarket.core.errors import UnauthenticatedError
from carmarket.core.users.session import GRACE, LASTING, LONGEST, session_of
from carmarket.testing.builders import NOW
from carmarket.testing.users import a_session

SECRET, OTHER = b"s" * 32, b"o" * 32
MINUTE = timedelta(minutes=1)


def test_each_refresh_leads_to_another_token():
    session = a_session().state
    first = session.token(SECRET)
    second = session.refresh(first, secret=SECRET, now=NOW + MINUTE).state

    assert second.token(SECRET) != first
    assert (second.number, second.version) == (2, 2)
    assert second.is_live(NOW + MINUTE)


def test_the_direct_predecessor_leads_to_the_same_successor_for_ten_seconds():
    session = a_session().state
    first = session.token(SECRET)
    second = session.refresh(first, secret=SECRET, now=NOW).state

    again = second.refresh(first, secret=SECRET, now=NOW + GRACE)

    assert again.state == second
    assert again.base == second.version


def test_a_token_that_comes_back_later_ends_the_session():
    session = a_session().state
    first = session.token(SECRET)
    second = session.refresh(first, secret=SECRET, now=NOW).state

    ended = second.refresh(first, secret=SECRET, now=NOW + GRACE + timedelta(milliseconds=1)).state

    assert ended.ended_at is not None
    with pytest.raises(UnauthenticatedError):
        ended.refresh(second.token(SECRET), secret=SECRET, now=NOW + MINUTE)


def test_the_token_before_the_predecessor_ends_the_session_at_once():
    session = a_session().state
    first = session.token(SECRET)
    second = session.refresh(first, secret=SECRET, now=NOW).state
    third = second.refresh(second.token(SECRET), secret=SECRET, now=NOW).state

    assert third.refresh(first, secret=SECRET, now=NOW).state.ended_at == NOW


def test_a_token_that_was_never_given_out_ends_nothing():
    session = a_session().state
    forged = [
        session.token(OTHER),
        a_session(2).state.token(SECRET),
        session.token(SECRET)[:-1],
        "",
        "é" * 70,
        "a" * 70,
    ]

    for token in forged:
        with pytest.raises(UnauthenticatedError):
            session.refresh(token, secret=SECRET, now=NOW)


@given(st.text(max_size=100))
def test_what_is_no_token_is_of_no_session(text):
    with pytest.raises(UnauthenticatedError):
        session_of(text)


def test_a_session_ends_by_itself():
    session = a_session().state
    late = a_session().state
    for day in range(1, LONGEST.days):
        late = late.refresh(late.token(SECRET), secret=SECRET, now=NOW + timedelta(days=day)).state

    assert session_of(session.token(SECRET)) == UUID(int=1)
    assert not session.is_live(NOW + LASTING)
    assert not late.is_live(NOW + LONGEST)
    with pytest.raises(UnauthenticatedError):
        session.refresh(session.token(SECRET), secret=SECRET, now=NOW + LASTING)


def test_the_seed_is_not_shown():
    assert "ssss" not in repr(a_session().state)
