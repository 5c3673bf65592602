"""
How often an event is tried, and what then.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from carmarket.core.dead_letters import LONGEST_ERROR, TRIES, ParkedEvent, ParkedStatus
from carmarket.core.errors import ConflictError
from carmarket.testing.builders import NOW, a_draft


@pytest.fixture
def parked() -> ParkedEvent:
    return ParkedEvent.of("mail", 7, a_draft().events[0], now=NOW)


def test_the_pauses_grow_until_there_is_no_next_try(parked):
    pauses = []
    while parked.next_try is not None:
        parked = parked.failed("ValueError: no", now=NOW)
        pauses.append(parked.next_try and (parked.next_try - NOW).total_seconds())

    assert pauses == [1, 5, 30, 120, None]
    assert (parked.tries, parked.status, parked.error) == (TRIES, ParkedStatus.DEAD, "ValueError: no")


def test_one_that_was_not_tried_yet_may_be_at_once(parked):
    assert (parked.tries, parked.next_try, parked.status) == (0, NOW, ParkedStatus.WAITING)


def test_a_dead_letter_that_is_sent_again_has_all_its_tries(parked):
    later = NOW + timedelta(days=3)
    dead = parked
    for _ in range(TRIES):
        dead = dead.failed("ValueError: no", now=NOW)

    again = dead.sent_again(now=later)

    assert (again.tries, again.next_try, again.error) == (0, later, "ValueError: no")
    assert again.failed("", now=later).next_try == later + timedelta(seconds=1)


def test_what_is_still_tried_is_not_sent_again(parked):
    with pytest.raises(ConflictError):
        parked.failed("", now=NOW).sent_again(now=NOW)


def test_an_error_is_kept_in_part_and_as_text(parked):
    assert parked.failed("é" * 5_000, now=NOW).error == "é" * LONGEST_ERROR
    assert parked.failed("file \udcff", now=NOW).error == "file ?"
