"""
The law of `Outbox`, as tests.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from uuid import UUID

import pytest
from attrs import define, field, frozen

from carmarket.core.errors import UnavailableError
from carmarket.core.events import Event
from carmarket.ports.events import EventPublisher, Outbox

KEYS, VERSIONS = 12, 10


@frozen
class Told:
    """A store with an outbox, and a way to have one of its aggregates tell its next event."""

    outboxes: Sequence[Outbox]
    """Of one store, over connections of their own where the adapter has them; at least two."""
    tell: Callable[[int], Awaitable[None]]
    """Save a change with one event of the aggregate with this number: from nothing at first, then on and on."""


Open = Callable[[], AbstractAsyncContextManager[Told]]


@define
class Published(EventPublisher):
    """Takes what it is given, or fails as often as it is told to, before or after it has taken it."""

    events: list[Event] = field(factory=list)
    calls: int = 0
    failures: int = 0
    loses: bool = True

    async def publish(self, events: Sequence[Event]) -> None:
        self.calls += 1
        await asyncio.sleep(0.02 if self.calls % 2 else 0)  # some answers come sooner than others
        if self.failures and self.loses:
            self.failures -= 1
            raise UnavailableError("The broker is away.")
        self.events += events
        if self.failures:
            self.failures -= 1
            raise UnavailableError("The broker's answer is lost.")

    def first_versions(self) -> dict[UUID, list[int]]:
        """Of each key the versions in the order in which they first came."""
        found: dict[UUID, list[int]] = defaultdict(list)
        for event in self.events:
            if event.version not in found[event.key]:
                found[event.key].append(event.version)
        return dict(found)


class OutboxContract:
    """Give a fixture `open_outbox` that opens a new, empty store each time it is called."""

    @pytest.fixture
    async def it(self, open_outbox: Open) -> AsyncIterator[Told]:
        async with open_outbox() as told:
            yield told

    async def test_waiting_ends_when_something_is_told_and_in_time_when_nothing_is(self, it: Told) -> None:
        outbox = it.outboxes[0]
        assert not await outbox.wait(0.05)
        waiting = asyncio.create_task(outbox.wait(30))
        await asyncio.sleep(0.05)
        await it.tell(1)

        async with asyncio.timeout(10):
            assert await waiting
        assert await outbox.wait(0.05)
        await outbox.relay(Published())
        assert not await outbox.wait(0.05)

    async def test_what_was_told_is_published_once_in_order_and_forgotten(self, it: Told) -> None:
        for number in (1, 2, 1, 1, 2):
            await it.tell(number)
        assert (await it.outboxes[0].waiting()).count == 5
        assert (await it.outboxes[0].waiting()).oldest is not None
        published = Published()

        taken = await emptied(it.outboxes[0], published, limit=2)

        assert taken == len(published.events) == 5
        assert sorted(published.first_versions().values()) == [[1, 2], [1, 2, 3]]
        waiting = await it.outboxes[0].waiting()
        assert (waiting.count, waiting.oldest) == (0, None)
        assert await it.outboxes[0].relay(published) == 0

    async def test_what_the_broker_does_not_take_stays_in_its_place(self, it: Told) -> None:
        for number in (1, 2, 1):
            await it.tell(number)
        published = Published(failures=1)

        with pytest.raises(UnavailableError):
            await it.outboxes[0].relay(published)
        assert (await it.outboxes[0].waiting()).count == 3
        await it.tell(1)
        await emptied(it.outboxes[1], published)

        assert sorted(published.first_versions().values()) == [[1], [1, 2, 3]]

    async def test_an_answer_that_is_lost_costs_a_repeat_and_no_event(self, it: Told) -> None:
        for number in (1, 1, 2):
            await it.tell(number)
        published = Published(failures=1, loses=False)

        with pytest.raises(UnavailableError):
            await it.outboxes[0].relay(published)
        await emptied(it.outboxes[0], published)

        assert sorted(published.first_versions().values()) == [[1], [1, 2]]
        assert (await it.outboxes[0].waiting()).count == 0

    async def test_several_who_relay_while_many_write_lose_nothing_and_turn_nothing_round(self, it: Told) -> None:
        published = Published()
        writing = asyncio.Event()

        async def write(number: int) -> None:
            for _ in range(VERSIONS):
                await it.tell(number)

        async def relay(outbox: Outbox) -> None:
            while not writing.is_set() or (await outbox.waiting()).count:
                with suppress(UnavailableError):
                    await outbox.relay(published, limit=7)
                await asyncio.sleep(0.001)

        relaying = [asyncio.create_task(relay(outbox)) for outbox in it.outboxes]
        await asyncio.gather(*map(write, range(1, KEYS + 1)))
        writing.set()
        await asyncio.gather(*relaying)

        assert list(published.first_versions().values()) == [list(range(1, VERSIONS + 1))] * KEYS


async def emptied(outbox: Outbox, publisher: EventPublisher, *, limit: int = 500) -> int:
    """Relay until nothing waits; how many there were. What others have begun they finish."""
    taken = 0
    async with asyncio.timeout(30):
        while (await outbox.waiting()).count:
            taken += await outbox.relay(publisher, limit=limit)
    return taken
