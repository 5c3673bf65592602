"""
A broker that is killed or frozen: nothing acknowledged is lost, nobody hangs, and all goes on by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from time import perf_counter
from typing import Any

import pytest
from attrs import define

from carmarket.adapters.kafka import offer
from carmarket.core.errors import UnavailableError
from carmarket.ports.events import PUBLISHER, EventPublisher, Recorded, Subscription
from carmarket.testing.contracts.subscriptions import an_event
from tests.integration.kafka.conftest import OwnBroker, member, read_all, until

KEYS = 10
FIVE = 5.0
"""Seconds until a call gives up, and a little."""


@define
class Bus:
    publisher: EventPublisher
    mail: Subscription


@pytest.fixture
async def bus(broker: OwnBroker) -> AsyncIterator[Bus]:
    async with offer(broker.url) as opened:
        yield Bus(await opened.get(PUBLISHER), await member(opened))


@define
class Relay:
    """Publishes the versions of each key as an outbox does: what was not acknowledged comes again, first of all."""

    publisher: EventPublisher
    acknowledged: int = 0
    failures: int = 0
    longest: float = 0

    async def step(self) -> None:
        versions = (self.acknowledged + 1, self.acknowledged + 2)
        began = perf_counter()
        try:
            await self.publisher.publish([an_event(key, version) for version in versions for key in range(1, KEYS + 1)])
        except UnavailableError:
            self.failures += 1
            await asyncio.sleep(0.05)
        else:
            self.acknowledged += 2
        self.longest = max(self.longest, perf_counter() - began)

    async def until(self, version: int) -> None:
        while self.acknowledged < version:
            await self.step()

    async def has_reached(self, version: int) -> None:
        await until(lambda: self.acknowledged >= version)


def versions_of(got: Sequence[Recorded]) -> list[list[int]]:
    """Of each key, in the order of first deliveries."""
    keys = sorted({item.event.key for item in got})
    return [list(dict.fromkeys(item.event.version for item in got if item.event.key == key)) for key in keys]


@pytest.mark.slow
async def test_a_killed_broker_loses_nothing_acknowledged_and_inverts_nothing(broker, bus, record_property):
    relay = Relay(bus.publisher)
    publishing = asyncio.create_task(relay.until(300))
    reading = asyncio.create_task(everything(bus.mail, 300))
    recovered = []
    for reached in (50, 150):
        await relay.has_reached(reached)
        broker.kill()
        if reached == 150:
            await until(lambda: relay.failures > 0)
        began = perf_counter()
        await asyncio.to_thread(broker.start_again)
        await relay.has_reached(relay.acknowledged + 2)
        recovered.append(perf_counter() - began)
    await publishing
    began = perf_counter()
    got = await reading
    read = perf_counter() - began

    record_property(
        "figure", f"{relay.failures} refusals of at most {relay.longest:.1f} s; published again {max(recovered):.1f} s "
        f"after the restart began, all read {read:.1f} s after the last was published"
    )  # fmt: skip
    assert relay.longest < 2 * FIVE + 1
    assert [set(versions) for versions in versions_of(got)] == [set(range(1, 301))] * KEYS
    assert all(one < two for versions in versions_of(got) for one, two in pairwise(versions))


@pytest.mark.slow
async def test_a_frozen_broker_is_unavailable_in_time_and_all_goes_on_when_it_is_back(broker, bus, record_property):
    relay = Relay(bus.publisher)
    await relay.step()
    got = list(await read_all(bus.mail, 2 * KEYS))
    await relay.step()
    held = await bus.mail.next(1)
    assert held
    broker.freeze()
    spent = [
        await refused(relay.publisher.publish([an_event(1, 5)])),
        await refused(relay.publisher.publish([an_event(1, 5)])),
        await refused(bus.mail.done(held)),
    ]
    assert await bus.mail.next(1) == held  # which it has, whether the broker is there or not
    broker.thaw()
    began = perf_counter()
    await relay.until(6)
    published = perf_counter() - began
    got += await everything(bus.mail, 6)
    read = perf_counter() - began

    record_property("figure", f"refused in {max(spent):.1f} s; published {published:.1f} s and read {read:.1f} s after")
    assert max(spent) < 2 * FIVE + 1
    assert [set(versions) >= {3, 4, 5, 6} for versions in versions_of(got)] == [True] * KEYS
    assert all(one < two for versions in versions_of(got) for one, two in pairwise(versions))
    assert (published, read) < (5, 20)


async def test_a_reader_of_a_frozen_broker_is_told_in_time(broker, bus):
    await bus.publisher.publish([an_event()])
    await read_all(bus.mail, 1)
    broker.freeze()

    spent = await refused(bus.mail.next(1))
    began = perf_counter()
    assert not await bus.mail.wait(0.2)
    waited = perf_counter() - began

    assert spent < FIVE + 1
    assert waited < 1


async def test_who_meets_a_frozen_broker_first_is_told_in_time(broker):
    broker.freeze()
    async with offer(broker.url) as opened:
        mail = await member(opened)

        assert await refused((await opened.get(PUBLISHER)).publish([an_event()])) < FIVE + 1
        assert await refused(mail.next(1)) < FIVE + 1


async def test_a_broker_that_never_was_there_is_unavailable_at_once():
    async with offer("kafka://127.0.0.1:1/nobody") as opened:
        publisher = await opened.get(PUBLISHER)
        mail = await member(opened)

        assert await refused(publisher.publish([an_event()])) < 1
        assert await refused(mail.next(1)) < 1
        assert await refused(mail.has_missed()) < 1


async def refused(call: Any) -> float:
    """How many seconds until it said that the broker is away."""
    began = perf_counter()
    with pytest.raises(UnavailableError):
        await call
    return perf_counter() - began


async def everything(subscription: Subscription, version: int) -> Sequence[Recorded]:
    """All events, each worked off, up to this version of every key; while the broker comes back it is asked again."""
    got: list[Recorded] = []
    async with asyncio.timeout(60):
        while {item.event.key.int for item in got if item.event.version == version} != set(range(1, KEYS + 1)):
            try:
                batch = await subscription.next(100)
                await subscription.done(batch)
            except UnavailableError:
                await asyncio.sleep(0.05)
            else:
                got += batch
    return got
