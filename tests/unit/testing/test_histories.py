"""
The checker of histories, beside one that tries every order.
"""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmarket.testing.histories import Call, counted, one_order, unexplained


def register(value: int, asked: Any, answered: Any) -> int | None:
    """A number that is read by asking nothing, and is put in place by asking for it."""
    if asked is None:
        return value if answered == value else None
    return int(asked)


def a_call(asked: int | None, answered: int | None, began: int, ended: int, key: str = "x") -> Call:
    return Call(key=key, asked=asked, answered=answered, began=began, ended=ended)


def explains(calls: tuple[Call, ...]) -> bool:
    """Whether the calls explain themselves in this very order."""
    value: int | None = 0
    for call in calls:
        value = None if value is None else register(value, call.asked, call.answered)
    in_time = not any(two.ended < one.began for n, one in enumerate(calls) for two in calls[n + 1 :])
    return value is not None and in_time


@st.composite
def some_calls(draw: st.DrawFn) -> Call:
    began, length = draw(st.integers(0, 12)), draw(st.integers(0, 6))
    value = draw(st.integers(0, 2))
    return draw(
        st.sampled_from([a_call(value, None, began, began + length), a_call(None, value, began, began + length)])
    )


@pytest.mark.parametrize(
    ("read", "holds"),
    [((1, 0, 3), True), ((1, 2, 3), True), ((1, 6, 7), True), ((0, 2, 3), True), ((0, 6, 7), False)],
    ids=["early-and-new", "amid-and-new", "late-and-new", "amid-and-old", "late-and-old"],
)
def test_a_value_is_seen_from_some_moment_of_its_writing_on(read, holds):
    value, began, ended = read
    history = [a_call(1, None, 2, 5), a_call(None, value, began, ended)]

    assert (one_order(history, 0, register) is not None) is holds


def test_time_never_goes_back_between_two_readers():
    history = [a_call(1, None, 0, 9), a_call(None, 1, 2, 3), a_call(None, 0, 4, 5)]

    assert one_order(history, 0, register) is None


def test_each_thing_is_explained_for_itself():
    right, wrong = a_call(None, 0, 0, 1, "right"), a_call(None, 7, 0, 1, "wrong")

    assert unexplained([right, wrong], 0, register) == ["wrong"]


def test_the_order_that_is_given_explains_the_answers():
    history = [a_call(1, None, 0, 9), a_call(None, 1, 1, 8), a_call(None, 0, 2, 7), a_call(2, None, 3, 6)]

    order = one_order(history, 0, register)

    assert order is not None
    assert explains(tuple(order))


@given(st.lists(some_calls(), max_size=6))
def test_it_agrees_with_trying_every_order(history):
    found = one_order(history, 0, register)

    assert (found is not None) == any(map(explains, permutations(history)))
    assert found is None or explains(tuple(found))


def test_what_was_looked_at_is_not_looked_at_again():
    """There are 12! orders of what is at once, but only 2^12 subsets of it."""
    history = [a_call(n % 2, None, 0, 100) for n in range(12)] + [a_call(None, 7, 101, 102)]

    assert one_order(history, 0, register) is None


async def test_a_history_notes_what_was_asked_and_answered_and_when():
    history = counted()

    async def answer(value: int) -> int:
        return value

    assert [await history.note("x", None, answer(n)) for n in range(3)] == [0, 1, 2]
    assert [call.answered for call in history.calls] == [0, 1, 2]
    assert all(one.began < one.ended < two.began for one, two in pairwise(history.calls))
