"""
Events that readers have put aside, in a dictionary.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import define, field

from carmarket.core.dead_letters import ParkedEvent
from carmarket.ports.dead_letters import DeadLetters, ParkedFilter

Name = tuple[str, int]


@define
class MemoryDeadLetters(DeadLetters):
    """Every method runs without an await inside, so each is atomic."""

    _parked: dict[Name, ParkedEvent] = field(factory=dict)

    async def park(self, events: Sequence[ParkedEvent]) -> None:
        for one in events:
            self._parked.setdefault(_name(one), one)

    async def held(self, reader: str) -> frozenset[UUID]:
        return frozenset(one.event.key for one in self._parked.values() if one.reader == reader)

    async def due(self, reader: str, now: datetime, limit: int) -> Sequence[ParkedEvent]:
        firsts: dict[UUID, ParkedEvent] = {}
        for one in self._of(ParkedFilter(reader=reader)):
            firsts.setdefault(one.event.key, one)
        found = [(one.next_try, one.position, one) for one in firsts.values() if one.next_try is not None]
        return tuple(one for next_try, _, one in sorted(found, key=lambda it: it[:2]) if next_try <= now)[:limit]

    async def save(self, parked: ParkedEvent) -> None:
        if _name(parked) in self._parked:
            self._parked[_name(parked)] = parked

    async def remove(self, parked: ParkedEvent) -> None:
        self._parked.pop(_name(parked), None)

    async def find(self, wanted: ParkedFilter, *, limit: int = 100) -> Sequence[ParkedEvent]:
        return tuple(self._of(wanted)[:limit])

    async def count(self, wanted: ParkedFilter) -> int:
        return len(self._of(wanted))

    def _of(self, wanted: ParkedFilter) -> list[ParkedEvent]:
        found = [one for one in self._parked.values() if _is_wanted(one, wanted)]
        return sorted(found, key=lambda one: (one.position, one.reader))


def _name(parked: ParkedEvent) -> Name:
    return parked.reader, parked.position


def _is_wanted(parked: ParkedEvent, wanted: ParkedFilter) -> bool:
    return (
        wanted.reader in (None, parked.reader)
        and wanted.position in (None, parked.position)
        and wanted.key in (None, parked.event.key)
        and wanted.status in (None, parked.status)
    )
