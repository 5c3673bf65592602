"""
Events that readers have put aside.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from attrs import frozen

from carmarket.core.dead_letters import ParkedEvent, ParkedStatus
from carmarket.ports.offer import Port


@frozen(kw_only=True)
class ParkedFilter:
    """Which ones are asked for; what is not said does not matter."""

    reader: str | None = None
    position: int | None = None
    key: UUID | None = None
    status: ParkedStatus | None = None


class DeadLetters(Protocol):
    """
    A queue for each reader and key, in the order of positions, with the events themselves: the log may forget them.

    - An event is named by its reader and its position.
    - What a method wrote is durable when it returns. Instants are kept to the millisecond.
    """

    @abstractmethod
    async def park(self, events: Sequence[ParkedEvent]) -> None:
        """Put the events into their queues, all or none. One that is there already stays as it is."""

    @abstractmethod
    async def held(self, reader: str) -> frozenset[UUID]:
        """The keys that have a queue; their events are to be parked too."""

    @abstractmethod
    async def due(self, reader: str, now: datetime, limit: int) -> Sequence[ParkedEvent]:
        """Up to `limit` events that are the first of their queues and whose next try is not after `now`, by that."""

    @abstractmethod
    async def save(self, parked: ParkedEvent) -> None:
        """Keep its tries, its next try and its error. One that is not there stays away."""

    @abstractmethod
    async def remove(self, parked: ParkedEvent) -> None:
        """Take it out of its queue, so that the next one is the first. One that is not there is no mistake."""

    @abstractmethod
    async def find(self, wanted: ParkedFilter, *, limit: int = 100) -> Sequence[ParkedEvent]:
        """Up to `limit` events, by position and then by reader."""

    @abstractmethod
    async def count(self, wanted: ParkedFilter) -> int:
        """How many there are."""


class DeadLetterTopic(Protocol):
    """
    Where dead letters are shown to tools that look at the events of a broker.

    A mirror: the store of dead letters stays the truth, and what an operator decides on happens there.
    """

    @abstractmethod
    async def tell(self, dead: ParkedEvent) -> None:
        """Show it, durably and perhaps more than once. Raises: UnavailableError."""


DEAD_LETTERS = Port[DeadLetters]("dead-letters")
DEAD_LETTER_TOPIC = Port[DeadLetterTopic]("dead-letter-topic")
