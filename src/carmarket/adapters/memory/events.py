"""
The event log, its readers and the lead, in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import define, field

from carmarket.adapters.memory.store import MemoryStore
from carmarket.core.events import Event
from carmarket.ports.events import EventLog, EventPublisher, Leadership, ReaderPositions, Recorded

MOST_PRUNED = 10_000
MARKS_KEPT = 100


@define
class MemoryEventLog(EventLog):
    """The log of the store, as its readers see it."""

    _store: MemoryStore

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        start = max(0, after - self._store.pruned)
        return tuple(self._store.log[start : start + limit])

    async def last(self) -> int:
        return self._store.last

    async def pruned(self) -> int:
        return self._store.pruned

    async def wait(self, after: int, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while self._store.last <= after:
                    await self._store.grown()
        except TimeoutError:
            return False
        return True

    async def prune(self, before: datetime) -> int:
        log = self._store.log
        candidates = log[:-1][:MOST_PRUNED]
        gone = next((n for n, recorded in enumerate(candidates) if recorded.event.at >= before), len(candidates))
        del log[:gone]
        self._store.pruned += gone
        return gone


@define
class MemoryEventPublisher(EventPublisher):
    """Events of stores that are elsewhere."""

    _store: MemoryStore

    async def publish(self, events: Sequence[Event]) -> None:
        self._store.record(events)


@define
class MemoryReaderPositions(ReaderPositions):
    """Positions and marks in dictionaries."""

    _positions: dict[str, int] = field(factory=dict)
    _marks: dict[UUID, None] = field(factory=dict)

    async def position(self, reader: str) -> int:
        return self._positions.get(reader, 0)

    async def move(self, reader: str, position: int) -> None:
        self._positions[reader] = max(position, self._positions.get(reader, 0))

    async def rewind(self, reader: str, position: int) -> None:
        self._positions[reader] = position

    async def mark(self, token: UUID) -> None:
        self._marks[token] = None
        while len(self._marks) > MARKS_KEPT:
            del self._marks[next(iter(self._marks))]

    async def has_mark(self, token: UUID) -> bool:
        return token in self._marks


class MemoryLeadership(Leadership):
    """A market in memory has one process, and that leads."""

    async def leads(self) -> bool:
        return True
