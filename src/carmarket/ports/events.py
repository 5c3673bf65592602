"""
The event log and its readers.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from attrs import frozen

from carmarket.core.events import Event
from carmarket.ports.offer import Port


@frozen
class Recorded:
    """An event and its position in the log, from 1."""

    position: int
    event: Event


class EventLog(Protocol):
    """
    Everything that happened, in one order, kept for some days.

    - Positions grow in the order in which changes became visible: a reader that has seen position n will never
      find a new event at or below n. They may have gaps.
    - The events of one aggregate stand in the order of its versions.
    - A reader has a name and a position that it moves after its work is done, so it gets each event at least once.
    - What an aggregate's store saved is here at once: there is no state without its events.
    """

    @abstractmethod
    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Up to `limit` events behind the position `after`, in order."""

    @abstractmethod
    async def last(self) -> int:
        """The position of the newest event; 0 if there never was one."""

    @abstractmethod
    async def pruned(self) -> int:
        """Events up to this position are no longer kept; a reader behind it must start over from the stores."""

    @abstractmethod
    async def wait(self, after: int, seconds: float) -> bool:
        """
        Wait until there is an event behind `after`, at most `seconds`; whether there is one.

        Events that other processes write wake it too.
        """

    @abstractmethod
    async def prune(self, before: datetime) -> int:
        """Forget up to 10,000 events that are older; how many went. The newest event always stays."""


class ReaderPositions(Protocol):
    """How far each named reader has come, and marks that prove which database this is."""

    @abstractmethod
    async def position(self, reader: str) -> int:
        """The position the reader moved to last; 0 for one that never did."""

    @abstractmethod
    async def move(self, reader: str, position: int) -> None:
        """The reader has finished all up to `position`. It never moves back: a lower position is ignored."""

    @abstractmethod
    async def mark(self, token: UUID) -> None:
        """Remember a random token, durably; at least the newest 100 are kept."""

    @abstractmethod
    async def has_mark(self, token: UUID) -> bool:
        """Whether this database, and no older copy of it, has seen the token."""


class Leadership(Protocol):
    """Which one of the processes on a database runs the readers that have effects."""

    @abstractmethod
    async def leads(self) -> bool:
        """Whether this process leads; it takes the lead if nobody has it. A process that dies loses it."""


EVENTS = Port[EventLog]("events")
READERS = Port[ReaderPositions]("readers")
LEADERSHIP = Port[Leadership]("leadership")
