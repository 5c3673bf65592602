"""
Reading a log by name: the place of a reader, where the log and the positions are kept apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from attrs import frozen

from carmarket.ports.events import EventLog, ReaderPositions, Recorded, Subscription, Subscriptions

BATCH = 1_000


@frozen
class LogSubscriptions(Subscriptions):
    """Of a log that has one order for all of its events."""

    log: EventLog
    positions: ReaderPositions

    def subscribe(self, reader: str) -> Subscription:
        return LogSubscription(self.log, self.positions, reader)


@frozen
class LogSubscription(Subscription):
    log: EventLog
    positions: ReaderPositions
    reader: str

    async def next(self, limit: int) -> Sequence[Recorded]:
        return await self.log.read(await self.positions.position(self.reader), limit)

    async def done(self, worked_off: Sequence[Recorded]) -> None:
        if worked_off:
            await self.positions.move(self.reader, worked_off[-1].position)

    async def wait(self, seconds: float) -> bool:
        return await self.log.wait(await self.positions.position(self.reader), seconds)

    async def has_missed(self) -> bool:
        return await self.positions.position(self.reader) < await self.log.pruned()

    async def lag(self) -> int:
        oldest = await self.log.pruned()
        return await self.log.last() - max(oldest, await self.positions.position(self.reader))

    async def go_back(self, since: datetime | None) -> int:
        position = await self.log.pruned()
        while since is not None and (recorded := await self.log.read(position, BATCH)):
            early = list(takewhile(lambda item: item.event.at < since, recorded))
            position = early[-1].position if early else position
            if len(early) < len(recorded):
                break
        await self.positions.rewind(self.reader, position)
        return await self.log.last() - position
