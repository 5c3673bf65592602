"""
The place of a named reader: a consumer group whose offsets are committed after the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import ConsumerRecord
from attrs import define, field

from carmarket.adapters.kafka.address import KafkaAddress
from carmarket.adapters.kafka.answers import DEADLINE, answering
from carmarket.adapters.kafka.envelope import event_of
from carmarket.adapters.kafka.members import JOINING, Membership, joined, leave
from carmarket.adapters.kafka.once import Once, is_well
from carmarket.adapters.kafka.positions import position_of
from carmarket.adapters.kafka.reach import Reach
from carmarket.adapters.kafka.replay import lag, replay
from carmarket.adapters.kafka.topics import Topics
from carmarket.codec.events import UnknownEventError
from carmarket.ports.events import Recorded, Subscription

LOOK_AGAIN = 1.0
"""Seconds after which one that waits for records that are there makes sure that it still follows their partition."""
NOWHERE = TopicPartition("", 0)


@define(eq=False)
class KafkaSubscription(Subscription):
    """
    It holds the records that it has fetched until they are done, and gives the first of them.

    When the group shares its partitions anew, all that is held is forgotten: whoever follows them then is given what
    was not committed, and what is done here after that is given once more.
    """

    _address: KafkaAddress
    _topics: Topics
    _reach: Reach
    _reader: str
    _held: list[ConsumerRecord] = field(factory=list, init=False)
    _committed: dict[TopicPartition, int] = field(factory=dict, init=False)
    """As far as it is known; 0 for a partition of which nothing was ever done."""
    _missed: dict[TopicPartition, int] = field(factory=dict, init=False)
    """Where the events begin that are kept, of partitions whose reader was told that some are gone."""
    _member: Once[AIOKafkaConsumer] = field(init=False)
    _membership: Membership = field(init=False)
    """Of that member."""
    _committing: asyncio.Task[None] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._member = Once(self._join)

    async def next(self, limit: int) -> Sequence[Recorded]:
        """Raises: UnknownEventError as soon as the first is no event that this version of carmarket knows."""
        await self._fill(limit)
        given: list[Recorded] = []
        for record in islice(self._held, limit):
            try:
                given.append(Recorded(self._position(record), event_of(record)))
            except UnknownEventError:
                if not given:
                    raise
                break
        return given

    async def done(self, worked_off: Sequence[Recorded]) -> None:
        offsets = {**self._missed, **self._behind({item.position for item in worked_off})}
        if not offsets:
            return
        async with answering():
            with suppress(CommitFailedError, IllegalStateError):  # then others follow them, who are given them again
                await self._commit(offsets)
                self._committed.update(offsets)
                self._missed.clear()
                self._held = [one for one in self._held if one.offset >= offsets.get(_place(one), 0)]

    async def wait(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._fill(1)
                while not self._held:
                    await self._take(await self._joined(), 1, seconds)
        return bool(self._held)

    async def has_missed(self) -> bool:
        """Told once more each time, until something is done: by then the reader has started over."""
        consumer = await self._joined()
        known = self._committed
        async with answering():
            begins = await self._reach.begins(consumer.assignment())
            unknown = [place for place in begins if place not in known]
            found = await asyncio.gather(*map(consumer.committed, unknown))
        known.update({place: offset or 0 for place, offset in zip(unknown, found, strict=True)})
        missed = {place: begin for place, begin in begins.items() if known[place] < begin}
        if known is self._committed:  # else the group has shared its partitions anew meanwhile
            self._missed = missed
        return bool(missed)

    async def lag(self) -> int:
        return await lag(self._address, self._reader)

    async def go_back(self, since: datetime | None) -> int:
        await self.close()
        return await replay(self._address, self._reader, since=since)

    async def close(self) -> None:
        consumer = await self._member.take()
        self._forget()
        if consumer is not None:
            await leave(consumer)
        if self._committing is not None:
            self._committing.cancel()

    async def _fill(self, limit: int) -> None:
        """Hold so many, or all that there are."""
        consumer = await self._joined()
        await self._take(consumer, limit - len(self._held))
        async with answering():
            with suppress(IllegalStateError):  # then the group shares its partitions anew, and nothing is here yet
                while not self._held and await self._is_behind(consumer):
                    await self._take(consumer, limit, LOOK_AGAIN)

    async def _is_behind(self, consumer: AIOKafkaConsumer) -> bool:
        """Whether there are records that it has not fetched, of the partitions that it follows."""
        for place, end in (await self._reach.ends(consumer.assignment())).items():
            if await consumer.position(place) < end:
                return True
        return False

    async def _take(self, consumer: AIOKafkaConsumer, count: int, seconds: float = 0) -> None:
        async with answering(seconds + DEADLINE):
            if count <= 0:
                await consumer.getmany(NOWHERE)  # takes nothing, and tells the group that its member is at work
                return
            try:
                fetched = await consumer.getmany(timeout_ms=int(seconds * 1_000), max_records=count)
            except KafkaError:
                # Its background work has ended, and does not begin again.
                await self.close()
                raise
            for records in fetched.values():
                self._held += records

    async def _commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """
        One at a time, so that a late one does not undo a later one.

        One that is not answered in time goes on: aiokafka does not let go of a request, and would log what comes of it.
        """
        if self._committing is not None:
            await asyncio.wait([self._committing])
        consumer = await self._member.get()
        self._committing = asyncio.create_task(consumer.commit(offsets))
        self._committing.add_done_callback(is_well)
        await asyncio.wait([self._committing])
        self._committing.result()

    async def _joined(self) -> AIOKafkaConsumer:
        """The member, once its group has agreed on who follows what."""
        consumer = await self._member.get()
        async with answering(JOINING):
            await self._membership.given()
        return consumer

    async def _join(self) -> AIOKafkaConsumer:
        await self._topics.needed()
        self._membership = Membership(self._forget)
        return await joined(self._address, self._reader, self._membership)

    def _behind(self, positions: set[int]) -> Mapping[TopicPartition, int]:
        """The offsets behind what is held and done, as far as nothing before it is not."""
        behind: dict[TopicPartition, int] = {}
        stopped = set()
        for record in self._held:
            place = _place(record)
            if self._position(record) not in positions:
                stopped.add(place)
            elif place not in stopped:
                behind[place] = record.offset + 1
        return behind

    def _position(self, record: ConsumerRecord) -> int:
        return position_of(self._address, _place(record), record.offset)

    def _forget(self) -> None:
        self._held, self._committed, self._missed = [], {}, {}


def _place(record: ConsumerRecord) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)
