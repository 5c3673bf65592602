"""
Sending a reader back: it is given again what is kept, from a moment on or all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError

from carmarket.adapters.kafka.address import parse_address
from carmarket.adapters.kafka.answers import DEADLINE, answering
from carmarket.adapters.kafka.members import leave
from carmarket.adapters.kafka.topics import PATIENCE, prepared
from carmarket.core.errors import ConflictError


async def replay(url: str, reader: str, *, since: datetime | None = None) -> None:
    """
    Put the reader of this name before the first event that was published at or after `since`, or before all.

    Others are not touched. A moment that lies behind all events puts it behind them: it is given what comes.

    Raises: ConflictError while somebody reads under this name, or did until some seconds ago; UnavailableError.
    """
    address = parse_address(url)
    places = await prepared(address)
    consumer = AIOKafkaConsumer(
        **address.client(request_timeout_ms=int(DEADLINE * 1_000)),
        group_id=address.group(reader),
        enable_auto_commit=False,
    )
    try:
        async with answering(PATIENCE):
            await consumer.start()
            consumer.assign(places)
            try:
                # The broker takes this from one who is no member only while the group has none.
                await consumer.commit(await _offsets(consumer, places, since))
            except CommitFailedError:
                raise ConflictError(
                    f"Somebody reads as {reader} at present.",
                    field="reader",
                    value=reader,
                    expected="a reader all of whose processes are stopped, for some seconds",
                ) from None
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
