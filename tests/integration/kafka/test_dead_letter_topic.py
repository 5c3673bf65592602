"""
Dead letters in a topic, as tools see them that know nothing of carmarket.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer
from attrs import evolve

from carmarket.adapters.kafka import offer, parse_address
from carmarket.codec.events import decode_event
from carmarket.core.dead_letters import ParkedEvent
from carmarket.ports.dead_letters import DEAD_LETTER_TOPIC
from carmarket.ports.events import SUBSCRIPTIONS
from carmarket.ports.preparing import PREPARATION
from carmarket.testing.builders import NOW, a_published

EVENT = a_published(1).events[-1]


async def records(url: str, count: int) -> list[Any]:
    address = parse_address(url)
    consumer = AIOKafkaConsumer(address.dead_letters, **address.client(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()


async def test_a_dead_letter_is_its_event_with_what_went_wrong(url: str) -> None:
    dead = evolve(
        ParkedEvent.of("mail", 7, EVENT, now=NOW), tries=5, next_try=None, error="ValueError: schlechte Straße"
    )
    async with offer(url) as opened:
        topic = await opened.get(DEAD_LETTER_TOPIC)
        await topic.tell(dead)
        await topic.tell(evolve(dead, reader="index"))

    first, second = await records(url, 2)

    headers = {name: value.decode() for name, value in first.headers}
    assert first.key.decode() == str(EVENT.key)
    assert decode_event(headers["ce_type"], int(headers["ce_typeversion"]), first.value) == EVENT
    assert {name: headers[name] for name in ("reader", "position", "tries", "error")} == {
        "reader": "mail", "position": "7", "tries": "5", "error": "ValueError: schlechte Straße",
    }  # fmt: skip
    assert dict(second.headers)["reader"] == b"index"


async def test_no_reader_follows_it_and_it_is_prepared_beside_the_others(url: str) -> None:
    async with offer(url) as opened:
        told = await (await opened.get(PREPARATION)).prepare()
        topic, mail = await opened.get(DEAD_LETTER_TOPIC), (await opened.get(SUBSCRIPTIONS)).subscribe("mail")
        await topic.tell(evolve(ParkedEvent.of("mail", 7, EVENT, now=NOW), next_try=None))

        assert told.endswith("and one for dead letters")
        assert await mail.lag() == 0
        assert await mail.next(10) == []
