"""
How far a reader has come, and sending it back: it is given again what is kept, from a moment on or all of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError, GroupCoordinatorNotAvailableError
from aiokafka.structs import OffsetAndMetadata

from carmarket.adapters.kafka.address import KafkaAddress
from carmarket.adapters.kafka.answers import DEADLINE, answering
from carmarket.adapters.kafka.members import leave
from carmarket.adapters.kafka.topics import PATIENCE, prepared
from carmarket.core.errors import ConflictError


async def lag(address: KafkaAddress, reader: str) -> int:
    """How many records of all partitions the group has not committed. Raises: UnavailableError."""
    places = await prepared(address)
    async with answering(PATIENCE), _asking(address) as consumer:
        admin = AIOKafkaAdminClient(**address.client(request_timeout_ms=int(DEADLINE * 1_000)))
        try:
            await admin.start()
            committed = await _committed(admin, address.group(reader))
        finally:
            await admin.close()
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    reached = {place: told.offset for place, told in committed.items()}
    return sum(end - max(begins[place], reached.get(place, 0)) for place, end in ends.items())


async def replay(address: KafkaAddress, reader: str, *, since: datetime | None = None) -> int:
    """
    Put the reader of this name before the first event that was published at or after `since`, or before all.

    Others are not touched. A moment that lies behind all events puts it behind them: it is given what comes. How many
    events it is given from there.

    Raises: ConflictError while somebody reads under this name, or did until some seconds ago; UnavailableError.
    """
    places = await prepared(address)
    async with answering(PATIENCE), _asking(address, group_id=address.group(reader)) as consumer:
        consumer.assign(places)
        offsets = await _offsets(consumer, places, since)
        ends = await consumer.end_offsets(places)
        try:
            # The broker takes this from one who is no member only while the group has none.
            await consumer.commit(offsets)
        except CommitFailedError:
            raise ConflictError(
                f"Somebody reads as {reader} at present.",
                field="reader",
                value=reader,
                expected="a reader all of whose processes are stopped, for some seconds",
            ) from None
    return sum(ends[place] - offset for place, offset in offsets.items())


async def _committed(admin: AIOKafkaAdminClient, group: str) -> Mapping[TopicPartition, OffsetAndMetadata]:
    """On a new cluster whoever asks for a group first waits until there is a place for groups."""
    while True:
        try:
            offsets: Mapping[TopicPartition, OffsetAndMetadata] = await admin.list_consumer_group_offsets(group)
        except GroupCoordinatorNotAvailableError:
            await asyncio.sleep(0.1)
        else:
            return offsets


@asynccontextmanager
async def _asking(address: KafkaAddress, **said: Any) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that is a member of no group."""
    consumer = AIOKafkaConsumer(
        **address.client(request_timeout_ms=int(DEADLINE * 1_000), **said), enable_auto_commit=False
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await leave(consumer)


async def _offsets(
    consumer: AIOKafkaConsumer, places: Sequence[TopicPartition], since: datetime | None
) -> Mapping[TopicPartition, int]:
    begins: dict[TopicPartition, int] = await consumer.beginning_offsets(places)
    if since is None:
        return begins
    moment = int(since.timestamp() * 1_000)
    ends = await consumer.end_offsets(places)
    found = await consumer.offsets_for_times(dict.fromkeys(places, moment))
    return {place: found[place].offset if found[place] is not None else ends[place] for place in places}
