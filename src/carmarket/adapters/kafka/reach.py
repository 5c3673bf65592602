"""
From where to where the log reaches at this moment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from attrs import define, field

from carmarket.adapters.kafka.address import KafkaAddress
from carmarket.adapters.kafka.answers import answering
from carmarket.adapters.kafka.members import leave
from carmarket.adapters.kafka.once import Once


@define
class Reach:
    """
    Asked over a connection of its own, once for all readers of an offer.

    A broker answers the questions of a connection one after the other, and a reader's own mostly has one open that asks
    for what comes next: an answer behind it took 105 ms where this takes 1.
    """

    _address: KafkaAddress
    _consumer: Once[AIOKafkaConsumer] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._consumer = Once(self._started)

    async def begins(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The offset of the oldest record that is kept. Raises: KafkaError."""
        consumer = await self._consumer.get()
        found: Mapping[TopicPartition, int] = await consumer.beginning_offsets(places) if places else {}
        return found

    async def ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The offset that the next record will have. Raises: KafkaError."""
        consumer = await self._consumer.get()
        found: Mapping[TopicPartition, int] = await consumer.end_offsets(places) if places else {}
        return found

    async def close(self) -> None:
        consumer = await self._consumer.take()
        if consumer is not None:
            await leave(consumer)

    async def _started(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(**self._address.client(), enable_auto_commit=False)
        try:
            async with answering():
                await consumer.start()
        except BaseException:
            await leave(consumer)
            raise
        return consumer
