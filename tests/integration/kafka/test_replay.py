"""
A reader that is sent back, and one whose events are no longer kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from carmarket.adapters.kafka import offer, parse_address, replay
from carmarket.adapters.kafka.topics import prepared
from carmarket.core.errors import ConflictError
from carmarket.ports.events import PUBLISHER, SUBSCRIPTIONS, Recorded
from carmarket.testing.contracts.subscriptions import an_event
from tests.integration.kafka.conftest import read_all

KEYS = 5


async def publish(url: str, versions: range) -> None:
    async with offer(url) as opened:
        publisher = await opened.get(PUBLISHER)
        await publisher.publish([an_event(key, version) for version in versions for key in range(1, KEYS + 1)])


async def read(url: str, count: int, reader: str = "mail") -> Sequence[Recorded]:
    async with offer(url) as opened:
        return await read_all((await opened.get(SUBSCRIPTIONS)).subscribe(reader), count)


async def prune(url: str) -> None:
    """As retention does: nothing that was published is kept any longer."""
    places = await prepared(parse_address(url))
    admin = AIOKafkaAdminClient(**parse_address(url).client())
    await admin.start()
    await admin.delete_records({place: RecordsToDelete(before_offset=-1) for place in places})
    await admin.close()


async def test_a_reader_is_given_again_what_came_from_a_moment_on(url):
    await publish(url, range(1, 4))
    await asyncio.sleep(0.02)
    moment = datetime.now(UTC)
    await asyncio.sleep(0.02)
    await publish(url, range(4, 6))
    await read(url, 5 * KEYS)
    await read(url, 5 * KEYS, "index")

    await replay(parse_address(url), "mail", since=moment)
    again = await read(url, 2 * KEYS)

    assert {(item.event.key.int, item.event.version) for item in again} == {
        (key, version) for key in range(1, KEYS + 1) for version in (4, 5)
    }
    assert not await read(url, 0, "index")


async def test_a_reader_is_given_all_again(url):
    await publish(url, range(1, 4))
    first = await read(url, 3 * KEYS)

    await replay(parse_address(url), "mail")

    assert {item.position for item in await read(url, 3 * KEYS)} == {item.position for item in first}


async def test_a_reader_that_is_new_may_begin_at_a_moment(url):
    await publish(url, range(1, 4))

    await replay(parse_address(url), "late", since=datetime.now(UTC) + timedelta(hours=1))

    assert not await read(url, 0, "late")


async def test_a_reader_that_is_at_work_is_not_sent_back(url):
    await publish(url, range(1, 4))
    async with offer(url) as opened:
        mail = (await opened.get(SUBSCRIPTIONS)).subscribe("mail")
        await read_all(mail, 3 * KEYS)

        with pytest.raises(ConflictError) as refused:
            await replay(parse_address(url), "mail")

        assert refused.value.field == "reader"
        assert not await mail.next(1)


async def test_a_new_reader_has_missed_what_is_no_longer_kept_until_it_has_done_something(url):
    await publish(url, range(1, 3))
    await prune(url)
    await publish(url, range(3, 4))
    async with offer(url) as opened:
        mail = (await opened.get(SUBSCRIPTIONS)).subscribe("mail")

        assert await mail.has_missed()
        batch = await mail.next(100)
        assert await mail.has_missed()
        await mail.done(batch)

        assert {item.event.version for item in batch} == {3}
        assert not await mail.has_missed()


async def test_a_reader_that_was_away_for_too_long_has_missed_events_and_one_that_was_not_has_none(url):
    await publish(url, range(1, 3))
    await read(url, 2 * KEYS, "quick")
    await publish(url, range(3, 4))
    await read(url, 3 * KEYS, "quickest")
    await prune(url)
    async with offer(url) as opened:
        subscriptions = await opened.get(SUBSCRIPTIONS)
        quick, quickest = subscriptions.subscribe("quick"), subscriptions.subscribe("quickest")

        assert await quick.has_missed()
        assert not await quickest.has_missed()
        await quick.done(())
        assert not await quick.has_missed()

    async with offer(url) as opened:
        assert not await ((await opened.get(SUBSCRIPTIONS)).subscribe("quick")).has_missed()
