"""
Publishing: each event durable before it counts, and those of a key in their order whatever fails.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner
from attrs import define, field

from carmarket.adapters.kafka.address import KafkaAddress
from carmarket.adapters.kafka.answers import DEADLINE, answering
from carmarket.adapters.kafka.envelope import record_of, subject_of
from carmarket.adapters.kafka.topics import Topics
from carmarket.core.errors import UnavailableError
from carmarket.core.events import Event
from carmarket.ports.events import EventPublisher

BATCH_BYTES = 262_144
"""What goes to a partition at once; a single event may be larger."""


@define
class KafkaEventPublisher(EventPublisher):
    """
    Events of a key go to one partition, in batches of which the next is sent when the last is acknowledged.

    So whatever is still on its way when a send fails begins at most one event behind what is durable. It may arrive
    late, and then what is sent again arrives twice; but no event arrives for the first time before an earlier one.
    """

    _address: KafkaAddress
    _topics: Topics
    _producer: AIOKafkaProducer | None = field(default=None, init=False)
    _lock: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    async def publish(self, events: Sequence[Event]) -> None:
        if not events:
            return
        producer = await self._started()
        try:
            async with answering():
                await _send_all(producer, self._address, events)
        except BaseException:
            # Its outcome is unknown, and its producer would go on trying behind our back.
            await self._let_go(producer)
            raise

    async def close(self) -> None:
        if self._producer is not None:
            await self._let_go(self._producer)

    async def _started(self) -> AIOKafkaProducer:
        await self._topics.needed()
        async with self._lock:
            if self._producer is None:
                self._producer = await started(self._address)
            return self._producer

    async def _let_go(self, producer: AIOKafkaProducer) -> None:
        if self._producer is producer:
            self._producer = None
        await abandon(producer)


async def started(address: KafkaAddress) -> AIOKafkaProducer:
    """A producer that is connected. Raises: UnavailableError."""
    producer = AIOKafkaProducer(
        **address.client(request_timeout_ms=int(DEADLINE * 1_000)),
        acks="all",
        enable_idempotence=True,
        max_batch_size=BATCH_BYTES,
    )
    try:
        async with answering():
            await producer.start()
    except BaseException:
        await abandon(producer)
        raise
    return producer


async def _send_all(producer: AIOKafkaProducer, address: KafkaAddress, events: Sequence[Event]) -> None:
    partitions: dict[TopicPartition, list[Mapping[str, Any]]] = defaultdict(list)
    for event in events:
        topic, record = address.topic(subject_of(event)), record_of(event)
        choices = sorted(await producer.partitions_for(topic))
        partition = DefaultPartitioner()(record["key"], choices, choices)
        partitions[TopicPartition(topic, partition)].append(record)
    sent = await asyncio.gather(
        *(_send(producer, place, one) for place, one in partitions.items()), return_exceptions=True
    )
    for failed in sent:
        if failed is not None:
            raise failed


async def _send(producer: AIOKafkaProducer, place: TopicPartition, records: Sequence[Mapping[str, Any]]) -> None:
    """Batch for batch; what comes behind one that failed is not sent."""
    sent = 0
    while sent < len(records):
        batch = producer.create_batch()
        for record in records[sent:]:
            if batch.append(timestamp=None, **record) is None:
                break
            sent += 1
        batch.close()
        await (await producer.send_batch(batch, place.topic, partition=place.partition))


async def abandon(producer: AIOKafkaProducer) -> None:
    """
    Leave it with all that it still holds.

    Its own way to stop would send that first, for as long as that takes, and so never end while the broker is away.
    """
    sender = producer._sender.sender_task  # noqa: SLF001  aiokafka has no other way to drop what waits
    while sender is not None and not sender.done():
        sender.cancel()
        await asyncio.sleep(0)
    producer._closed = True  # noqa: SLF001  or it warns that it was not stopped
    with suppress(UnavailableError):
        async with answering():
            await producer.client.close()
