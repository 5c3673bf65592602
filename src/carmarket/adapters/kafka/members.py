"""
Members of a reader's consumer group: how they join and leave, and when they follow which partitions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError
from attrs import define, field

from carmarket.adapters.kafka.address import KafkaAddress
from carmarket.adapters.kafka.answers import answering

SESSION = 10_000
"""Milliseconds of silence after which others take over from a member that died without a word."""
HEARTBEAT = 1_000
JOINING = 12.0
"""Seconds in which a group comes to agree, also when one of its members has died."""
REQUEST = 15_000
"""Milliseconds a request may take; joining a group waits for the session of a dead member to end."""
LONGEST_WORK = 300_000
"""Milliseconds without a question after which a member counts as hanging and others take over."""
LONGEST_FETCH = 100
"""Milliseconds a broker holds back an empty answer; events of partitions not in the question have to wait for it."""
GRACE = 3.0
"""Seconds to take leave of the group; a member that goes without a word is waited for until its session ends."""


@define(eq=False)
class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Tells when partitions are given to the member, and takes note before they are taken away."""

    _forget: Callable[[], None]
    _is_given: asyncio.Event = field(factory=asyncio.Event, init=False)

    async def given(self) -> None:
        """Wait until the group has agreed on who follows what. That may be nothing."""
        await self._is_given.wait()

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:  # noqa: ARG002  aiokafka's
        # All are taken, also those that come back: aiokafka then reads on from what is committed.
        self._is_given.clear()
        self._forget()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:  # noqa: ARG002  aiokafka's
        self._is_given.set()


async def joined(address: KafkaAddress, reader: str, membership: Membership) -> AIOKafkaConsumer:
    """
    A member that commits nothing by itself, and begins with the oldest event that is kept.

    Raises: UnavailableError.
    """
    # aiokafka takes all partitions away whenever it shares them anew, so there is nothing to gain by an assignor that
    # leaves them where they are; and the sticky one gave all of a topic to one member where this one splits each.
    assignor = RoundRobinPartitionAssignor
    consumer = AIOKafkaConsumer(
        **address.client(request_timeout_ms=REQUEST),
        group_id=address.group(reader),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        partition_assignment_strategy=(assignor,),
        session_timeout_ms=SESSION,
        heartbeat_interval_ms=HEARTBEAT,
        max_poll_interval_ms=LONGEST_WORK,
        fetch_max_wait_ms=LONGEST_FETCH,
    )
    try:
        async with answering():
            await consumer.start()
    except BaseException:
        await leave(consumer)
        raise
    consumer.subscribe(address.topics, listener=membership)
    return consumer


async def leave(consumer: AIOKafkaConsumer) -> None:
    """Let others take over, as soon as may be."""
    try:
        async with asyncio.timeout(GRACE):
            await consumer.stop()
    except (TimeoutError, KafkaError):
        await _cut(consumer)


async def _cut(consumer: AIOKafkaConsumer) -> None:
    """
    End all that goes on in it.

    It could not say good-bye, for the broker does not answer, or its coordination had failed. aiokafka ends none of
    this by itself then.
    """
    coordinator, fetcher = consumer._coordinator, consumer._fetcher  # noqa: SLF001  see above
    if coordinator is not None:
        going = (coordinator._coordination_task, coordinator._heartbeat_task, coordinator._commit_refresh_task)  # noqa: SLF001
        tasks = [task for task in going if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if fetcher is not None:
        await fetcher.close()
    await consumer._client.close()  # noqa: SLF001  see above
