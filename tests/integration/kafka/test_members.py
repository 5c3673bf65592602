"""
R7 on Kafka: several processes read under one name, and when one of them ends the others take over.

It is long, for members come, go and hang in many ways.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import pairwise
from time import perf_counter
from uuid import UUID

import pytest
from aiokafka.errors import UnknownError
from attrs import define, field

from carmarket.adapters.kafka import KafkaEventPublisher, KafkaSubscription, members, offer, parse_address
from carmarket.adapters.kafka.members import _cut
from carmarket.adapters.kafka.reach import Reach
from carmarket.adapters.kafka.topics import Topics
from carmarket.core.errors import UnavailableError
from carmarket.ports.events import PUBLISHER, EventPublisher, Recorded, Subscription
from carmarket.testing.contracts.subscriptions import an_event, some
from tests.integration.kafka.conftest import consumer_of, member, read_all, until

KEYS, VERSIONS = 30, 20
EVENTS_IN_ALL = KEYS * VERSIONS


@define
class Ledger:
    """What all readers of one name have worked off."""

    versions: dict[UUID, list[int]] = field(factory=lambda: defaultdict(list))

    def take(self, batch: Sequence[Recorded]) -> None:
        for item in batch:
            self.versions[item.event.key].append(item.event.version)

    def lost(self) -> int:
        return EVENTS_IN_ALL - sum(len(set(versions)) for versions in self.versions.values())

    def inversions(self) -> int:
        """First deliveries of a lower version behind a higher one."""
        first = (list(dict.fromkeys(versions)) for versions in self.versions.values())
        return sum(1 for versions in first for one, two in pairwise(versions) if two < one)


class MovesFirst(KafkaSubscription):
    """It commits before the work: what was in its hands when it ends is lost."""

    async def next(self, limit: int) -> Sequence[Recorded]:
        given = await super().next(limit)
        await super().done(given)
        return given

    async def done(self, worked_off: Sequence[Recorded]) -> None:
        return


async def publish(publisher: EventPublisher, versions: range) -> None:
    for version in versions:
        await publisher.publish([an_event(key, version) for key in range(1, KEYS + 1)])


async def follow(subscription: Subscription, ledger: Ledger, working: asyncio.Event | None = None) -> None:
    """Work off what comes. With `working` it tells that it has a batch in hands, and never gets to its end."""
    while True:
        batch = await subscription.next(20)
        if batch and working is not None:
            working.set()
            await asyncio.Event().wait()
        ledger.take(batch)
        await subscription.done(batch)
        await asyncio.sleep(0.01)


async def run(url: str, kind: type[KafkaSubscription]) -> Ledger:
    """Two readers of one name; one of them ends in the middle of its work, and another comes in its place."""
    address, ledger = parse_address(url), Ledger()
    async with AsyncExitStack() as stack:
        reach = Reach(address)
        stack.push_async_callback(reach.close)

        def joining() -> KafkaSubscription:
            made = kind(address, Topics(address), reach, "mail")
            stack.push_async_callback(made.close)
            return made

        publisher = KafkaEventPublisher(address, Topics(address))
        stack.push_async_callback(publisher.close)
        await publish(publisher, range(1, VERSIONS // 2))
        working = asyncio.Event()
        ends = joining()
        ending = asyncio.create_task(follow(ends, Ledger(), working))
        async with asyncio.timeout(30):
            await working.wait()
        others = [asyncio.create_task(follow(joining(), ledger))]
        await publish(publisher, range(VERSIONS // 2, VERSIONS + 1))
        ending.cancel()
        await ends.close()
        others.append(asyncio.create_task(follow(joining(), ledger)))
        await until_nothing_comes(ledger)
        for task in (ending, *others):
            task.cancel()
        await asyncio.gather(ending, *others, return_exceptions=True)
    return ledger


@pytest.mark.promise("R7")
async def test_what_a_reader_had_in_hands_when_it_ended_others_work_off(url, record_property):
    ledger = await run(url, KafkaSubscription)

    record_property("on", "kafka")
    record_property("figure", f"{ledger.lost()} lost, {ledger.inversions()} inverted of {EVENTS_IN_ALL} events")
    assert (ledger.lost(), ledger.inversions()) == (0, 0)


@pytest.mark.mutant("R7")
async def test_a_reader_that_commits_before_its_work_is_caught(url):
    ledger = await run(url, MovesFirst)

    assert ledger.lost() > 0


async def test_readers_of_one_name_share_the_keys(url):
    ledgers = [Ledger(), Ledger()]
    async with offer(url) as one, offer(url) as two:
        subscriptions = [await member(each) for each in (one, two)]
        tasks = [
            asyncio.create_task(follow(subscription, ledger))
            for subscription, ledger in zip(subscriptions, ledgers, strict=True)
        ]
        await until(lambda: all(map(is_settled, subscriptions)))
        await publish(await one.get(PUBLISHER), range(1, VERSIONS + 1))
        await until(lambda: sum(len(versions) for it in ledgers for versions in it.versions.values()) >= EVENTS_IN_ALL)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    assert set(ledgers[0].versions).isdisjoint(ledgers[1].versions)
    assert len(ledgers[0].versions) + len(ledgers[1].versions) == KEYS
    for ledger in ledgers:
        assert ledger.versions
        assert all(versions == list(range(1, VERSIONS + 1)) for versions in ledger.versions.values())


async def test_what_is_done_after_others_have_taken_over_is_given_to_them_too(url):
    async with offer(url) as one, offer(url) as two:
        await publish(await one.get(PUBLISHER), range(1, 3))
        slow = await member(one)
        in_hands = await some(slow, 100)
        other = await member(two)
        await other.next(1)

        await slow.done(in_hands)
        again = [*await all_of(slow), *await all_of(other)]

    assert len(in_hands) == len(again) == 2 * KEYS
    assert {item.position for item in again} == {item.position for item in in_hands}


@pytest.mark.slow
async def test_a_reader_that_died_without_a_word_is_replaced_when_its_session_ends(url, record_property):
    async with offer(url) as one, offer(url) as two:
        await publish(await one.get(PUBLISHER), range(1, 3))
        dying = await member(one)
        in_hands = await some(dying, 100)
        consumer_of(dying)._closed = True
        await _cut(consumer_of(dying))
        dying._member._making = None
        began = perf_counter()
        got = await read_all(await member(two), 2 * KEYS)
        replaced = perf_counter() - began

    record_property("figure", f"replaced {replaced:.1f} s after it died")
    assert {item.position for item in got} >= {item.position for item in in_hands}
    assert replaced < 14


async def test_a_member_whose_coordination_has_failed_joins_again(url):
    async with offer(url) as opened:
        publisher = await opened.get(PUBLISHER)
        mail = await member(opened)
        await publish(publisher, range(1, 3))
        await read_all(mail, 2 * KEYS)
        failed = consumer_of(mail)
        failed._coordinator._pending_exception = UnknownError("scripted")
        await publish(publisher, range(3, 4))

        with pytest.raises(UnavailableError, match="scripted"):
            await mail.next(100)
        got = await read_all(mail, KEYS)

        assert consumer_of(mail) is not failed
        assert {item.event.version for item in got} == {3}


async def test_one_that_waits_for_moments_only_joins_all_the_same(url):
    async with offer(url) as opened:
        await publish(await opened.get(PUBLISHER), range(1, 3))
        mail = await member(opened)
        async with asyncio.timeout(20):
            while not await mail.wait(0.001):
                pass

        assert await mail.next(1)


async def test_a_member_that_is_closed_while_it_joins_leaves_nothing_behind(url):
    async with offer(url) as opened:
        mail = await member(opened)
        assert not await mail.wait(0.001)
        joining = mail._member._making

    assert joining is not None
    assert joining.done()
    assert mail._member.made is None


async def test_a_reader_that_cannot_go_on_stays_in_its_group(url, monkeypatch):
    monkeypatch.setattr(members, "LONGEST_WORK", 1_500)
    async with offer(url) as opened:
        await publish(await opened.get(PUBLISHER), range(1, 3))
        mail = await member(opened)
        held = await some(mail, 5)
        generation = consumer_of(mail)._coordinator.generation
        for _ in range(20):
            await asyncio.sleep(0.2)
            assert await mail.next(5) == held

        assert consumer_of(mail)._coordinator.generation == generation


async def all_of(subscription: Subscription) -> Sequence[Recorded]:
    got: list[Recorded] = []
    async with asyncio.timeout(20):
        while batch := await subscription.next(100):
            await subscription.done(batch)
            got += batch
    return got


def is_settled(subscription: KafkaSubscription) -> bool:
    """Of 15 partitions it follows its half."""
    consumer = subscription._member.made
    return consumer is not None and 7 <= len(consumer.assignment()) <= 8


async def until_nothing_comes(ledger: Ledger) -> None:
    """Until nothing is lost any more, or no more has been worked off for a while."""
    lost, quiet = ledger.lost(), 0
    while lost and quiet < 60:
        await asyncio.sleep(0.05)
        quiet = quiet + 1 if ledger.lost() == lost else 0
        lost = ledger.lost()
