"""
The law of `DeadLetters`, as tests.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carmarket.core.dead_letters import PAUSES, TRIES, ParkedEvent, ParkedStatus
from carmarket.core.money import Money
from carmarket.ports.dead_letters import DEAD_LETTERS, DeadLetters, ParkedFilter
from carmarket.ports.offer import Offer
from carmarket.testing.builders import NOW, a_draft

Open = Callable[[], AbstractAsyncContextManager[Offer]]
LATER = NOW + timedelta(hours=1)


def parked(position: int, *, key: int = 1, reader: str = "mail", now: datetime = NOW) -> ParkedEvent:
    """An event of the listing with this number, as it is parked for the first time."""
    return ParkedEvent.of(reader, position, a_draft(key).events[0], now=now)


def dead(one: ParkedEvent, *, now: datetime = NOW) -> ParkedEvent:
    """After the last of its tries."""
    for _ in range(TRIES):
        one = one.failed("ValueError: no", now=now)
    return one


@st.composite
def parked_at_all(draw: st.DrawFn) -> ParkedEvent:
    """Any reader, place in the log, moment, number of tries, and error."""
    texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
    now = NOW + timedelta(milliseconds=draw(st.integers(0, 10**9)))
    one = parked(draw(st.integers(1, 2**62)), reader=draw(texts), now=now)
    for _ in range(draw(st.integers(0, TRIES))):
        one = one.failed(draw(st.text(max_size=40)), now=now)
    return one


class DeadLettersContract:
    """Give a fixture `open_catalog` that opens a new, empty store each time it is called."""

    @pytest.fixture
    async def letters(self, open_catalog: Open) -> AsyncIterator[DeadLetters]:
        async with open_catalog() as offer:
            yield await offer.get(DEAD_LETTERS)

    async def test_at_first_nothing_is_put_aside(self, letters: DeadLetters) -> None:
        await letters.park([])

        assert (await letters.held("mail"), await letters.due("mail", LATER, 10)) == (frozenset(), ())
        assert (await letters.find(ParkedFilter()), await letters.count(ParkedFilter())) == ((), 0)

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(one=parked_at_all())
    async def test_what_was_parked_is_read_back_equal(self, open_catalog: Open, one: ParkedEvent) -> None:
        async with open_catalog() as offer:
            letters = await offer.get(DEAD_LETTERS)
            await letters.park([one])

            assert await letters.find(ParkedFilter()) == (one,)

    async def test_every_kind_of_an_events_state_is_kept(self, letters: DeadLetters) -> None:
        change = a_draft(3).then(lambda it: it.reprice(Money(7, "USD"), now=NOW))
        kept = [ParkedEvent.of("mail", n, event, now=NOW) for n, event in enumerate(change.events, start=1)]
        await letters.park(kept)

        assert await letters.find(ParkedFilter()) == tuple(kept)

    async def test_what_is_there_already_stays_as_it_is(self, letters: DeadLetters) -> None:
        failed = parked(5).failed("ValueError: no", now=NOW)
        await letters.park([failed])
        await letters.park([parked(5), parked(6)])

        assert await letters.find(ParkedFilter()) == (failed, parked(6))

    async def test_keys_are_held_for_each_reader(self, letters: DeadLetters) -> None:
        await letters.park([parked(5, key=1), parked(6, key=1), parked(7, key=2), parked(5, key=3, reader="index")])

        assert {key.int for key in await letters.held("mail")} == {1, 2}
        assert {key.int for key in await letters.held("index")} == {3}

    async def test_only_the_first_of_a_queue_is_due(self, letters: DeadLetters) -> None:
        await letters.park([parked(9, key=1), parked(5, key=1), parked(7, key=2), parked(4, key=1, reader="index")])

        assert [one.position for one in await letters.due("mail", NOW, 10)] == [5, 7]
        await letters.remove(parked(5))
        assert [one.position for one in await letters.due("mail", NOW, 10)] == [7, 9]
        await letters.remove(parked(9))
        await letters.remove(parked(9))
        assert {key.int for key in await letters.held("mail")} == {2}

    async def test_it_is_due_when_its_time_has_come(self, letters: DeadLetters) -> None:
        failed = parked(5).failed("ValueError: no", now=NOW)
        await letters.park([failed, parked(6)])

        assert await letters.due("mail", NOW + PAUSES[0] - timedelta(milliseconds=1), 10) == ()
        assert await letters.due("mail", NOW + PAUSES[0], 10) == (failed,)

    async def test_what_is_due_for_longest_comes_first(self, letters: DeadLetters) -> None:
        minute = timedelta(minutes=1)
        await letters.park([parked(n, key=n, now=NOW - n * minute) for n in (1, 3, 2, 4)])
        await letters.park([parked(5, key=5, now=NOW - 3 * minute)])

        assert [one.position for one in await letters.due("mail", NOW, 4)] == [4, 3, 5, 2]

    async def test_a_dead_letter_holds_its_queue_until_it_is_sent_again(self, letters: DeadLetters) -> None:
        await letters.park([parked(5), parked(6)])
        await letters.save(dead(parked(5)))
        assert await letters.due("mail", LATER, 10) == ()

        again = dead(parked(5)).sent_again(now=LATER)
        await letters.save(again)

        assert await letters.due("mail", LATER, 10) == (again,)

    async def test_what_was_removed_does_not_come_back(self, letters: DeadLetters) -> None:
        await letters.park([parked(5), parked(6)])
        await letters.remove(parked(5))
        await letters.save(parked(5).failed("ValueError: no", now=NOW))

        assert await letters.find(ParkedFilter()) == (parked(6),)

    async def test_they_are_found_and_counted_by_what_is_asked(self, letters: DeadLetters) -> None:
        await letters.park(
            [dead(parked(5)), parked(6), parked(7, key=2), dead(parked(4, reader="index")), parked(6, reader="index")]
        )

        async def found(**said: Any) -> list[tuple[str, int]]:
            wanted = ParkedFilter(**said)
            all_of_them = await letters.find(wanted)
            assert await letters.count(wanted) == len(all_of_them)
            return [(one.reader, one.position) for one in all_of_them]

        assert await found() == [("index", 4), ("mail", 5), ("index", 6), ("mail", 6), ("mail", 7)]
        assert await found(reader="mail") == [("mail", 5), ("mail", 6), ("mail", 7)]
        assert await found(status=ParkedStatus.DEAD) == [("index", 4), ("mail", 5)]
        assert await found(status=ParkedStatus.WAITING, reader="index") == [("index", 6)]
        assert await found(key=a_draft(2).state.id) == [("mail", 7)]
        assert await found(reader="mail", position=6) == [("mail", 6)]
        assert await found(reader="mail", position=4) == []
        assert [one.position for one in await letters.find(ParkedFilter(), limit=2)] == [4, 5]
