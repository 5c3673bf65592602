"""
What all in-memory adapters of one market share: a log of events, and a bell that rings when it grows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from attrs import define, field

from carmarket.core.events import Event
from carmarket.ports.events import Recorded


@define
class MemoryStore:
    """A list is the log. A process has one thread of decisions, so what runs without an await is atomic."""

    log: list[Recorded] = field(factory=list)
    pruned: int = 0
    _bell: asyncio.Event = field(factory=asyncio.Event)

    @property
    def last(self) -> int:
        return self.pruned + len(self.log)

    def record(self, events: Iterable[Event]) -> None:
        """Put events at the end of the log and wake who waits for them."""
        for event in events:
            self.log.append(Recorded(self.last + 1, event))
        self._bell.set()
        self._bell = asyncio.Event()

    async def grown(self) -> None:
        """Return once the log has grown."""
        await self._bell.wait()
