"""
The law of `EventPublisher`, `Subscriptions` and `Subscription`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

import pytest
from attrs import frozen

from carmarket.core.events import Event
from carmarket.core.users.events import ProfileChanged
from carmarket.ports.events import EventPublisher, Recorded, Subscription, Subscriptions
from carmarket.testing.builders import NOW

KEYS, VERSIONS = 20, 25


@frozen
class Bus:
    """Where events are published, and read."""

    publisher: EventPublisher
    subscriptions: Subscriptions


Open = Callable[[], AbstractAsyncContextManager[Bus]]


def an_event(key: int = 1, version: int = 1) -> Event:
    return ProfileChanged(key=UUID(int=key), version=version, at=NOW)


class SubscriptionContract:
    """Give a fixture `open_bus` that opens a new, empty place each time it is called."""

    @pytest.fixture
    async def bus(self, open_bus: Open) -> AsyncIterator[Bus]:
        async with open_bus() as bus:
            yield bus

    async def test_a_reader_gets_what_was_published_before_it_came_and_after(self, bus: Bus) -> None:
        await bus.publisher.publish([an_event(1, 1), an_event(2, 1)])
        mail = bus.subscriptions.subscribe("mail")
        await bus.publisher.publish([an_event(1, 2)])

        got = await read(mail, 3)

        assert [one.event.version for one in got if one.event.key.int == 1] == [1, 2]
        assert {(one.event.key.int, one.event.version) for one in got} == {(1, 1), (1, 2), (2, 1)}
        assert all(isinstance(one.event, ProfileChanged) and one.event.at == NOW for one in got)
        assert not await mail.has_missed()

    async def test_what_is_not_done_comes_again_and_what_is_done_does_not(self, bus: Bus) -> None:
        await bus.publisher.publish([an_event(1, version) for version in range(1, 6)])
        mail = bus.subscriptions.subscribe("mail")
        first = await some(mail, 2)

        assert await some(mail, 2) == first
        await mail.done(first[:1])
        rest = await read(mail, 4)

        assert [one.event.version for one in rest] == [2, 3, 4, 5]
        assert not await mail.next(10)

    async def test_the_lag_is_what_is_not_done(self, bus: Bus) -> None:
        mail, index = bus.subscriptions.subscribe("mail"), bus.subscriptions.subscribe("index")
        assert await mail.lag() == 0
        await bus.publisher.publish([an_event(key, 1) for key in range(1, 11)])

        assert await mail.lag() == 10
        await mail.done((await some(mail, 4))[:4])
        assert (await mail.lag(), await index.lag()) == (6, 10)
        await read(mail, 6)
        assert (await mail.lag(), await index.lag()) == (0, 10)

    async def test_a_reader_that_is_sent_back_is_given_all_again_and_others_are_not(self, bus: Bus) -> None:
        await bus.publisher.publish([an_event(key, version) for version in (1, 2) for key in range(1, 6)])
        mail, index = bus.subscriptions.subscribe("mail"), bus.subscriptions.subscribe("index")
        first = await read(mail, 10)
        await read(index, 10)

        assert await mail.go_back(None) == 10
        assert sorted(one.position for one in await read(mail, 10)) == sorted(one.position for one in first)
        assert await index.lag() == 0

    async def test_a_reader_that_is_sent_behind_all_is_given_what_comes(self, bus: Bus) -> None:
        await bus.publisher.publish([an_event(1, 1), an_event(2, 1)])
        mail = bus.subscriptions.subscribe("mail")

        assert await mail.go_back(NOW + timedelta(days=36_500)) == 0
        await bus.publisher.publish([an_event(1, 2)])
        assert [one.event.version for one in await read(mail, 1)] == [2]

    async def test_readers_know_nothing_of_each_other(self, bus: Bus) -> None:
        await bus.publisher.publish([an_event(1, 1), an_event(1, 2)])
        mail, index = bus.subscriptions.subscribe("mail"), bus.subscriptions.subscribe("index")
        await read(mail, 2)

        assert [one.event.version for one in await read(index, 2)] == [1, 2]

    async def test_positions_grow_with_each_key_and_are_the_readers_own(self, bus: Bus) -> None:
        await bus.publisher.publish([an_event(key, version) for version in range(1, 9) for key in range(1, 9)])
        got = await read(bus.subscriptions.subscribe("mail"), 64)

        assert len({one.position for one in got}) == 64
        for key in range(1, 9):
            places = [one.position for one in got if one.event.key.int == key]
            assert places == sorted(places)

    async def test_waiting_ends_when_there_is_an_event_and_in_time_when_there_is_none(self, bus: Bus) -> None:
        mail = bus.subscriptions.subscribe("mail")
        assert not await mail.wait(0.05)
        waiting = asyncio.create_task(mail.wait(30))
        await asyncio.sleep(0.05)
        await bus.publisher.publish([an_event()])

        async with asyncio.timeout(20):
            assert await waiting
        await read(mail, 1)
        assert not await mail.wait(0.05)

    async def test_many_publishers_lose_nothing_and_keep_the_order_of_each_key(self, bus: Bus) -> None:
        async def publish(key: int) -> None:
            for version in range(1, VERSIONS + 1):
                await bus.publisher.publish([an_event(key, version)])

        mail = bus.subscriptions.subscribe("mail")
        reading = asyncio.create_task(read(mail, KEYS * VERSIONS))
        await asyncio.gather(*map(publish, range(1, KEYS + 1)))
        got = await reading

        for key in range(1, KEYS + 1):
            assert [one.event.version for one in got if one.event.key.int == key] == list(range(1, VERSIONS + 1))


async def some(subscription: Subscription, limit: int) -> Sequence[Recorded]:
    """What there is next, as soon as there is something."""
    async with asyncio.timeout(30):
        while not (got := await subscription.next(limit)):
            await subscription.wait(1)
    return got


async def read(subscription: Subscription, count: int) -> Sequence[Recorded]:
    """So many events, each of them worked off."""
    got: list[Recorded] = []
    while len(got) < count:
        batch = await some(subscription, 100)
        await subscription.done(batch)
        got += batch
    return got
