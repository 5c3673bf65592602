"""
The event log, what leads to it and who reads it.
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


class EventPublisher(Protocol):
    """
    Puts events where readers find them: behind all that was published before.

    - On return they are durable. Those of a key stand in the order in which they were handed in, by this call and the
      calls before it.
    - An event that is handed in twice may be there twice: readers go by versions.
    - What does not answer raises UnavailableError; then all, some or none of them were published.
    """

    @abstractmethod
    async def publish(self, events: Sequence[Event]) -> None:
        """Publish up to 1,000 events."""


@frozen
class Waiting:
    """What an outbox holds."""

    count: int
    oldest: datetime | None
    """When the oldest of it happened."""


class Outbox(Protocol):
    """
    What a store's aggregates have told and nobody has published yet; written in one atomic step with their state.

    - Each event is published at least once, those of a key in the order of their versions, however many relay at once.
    - Events that the publisher has not taken stay, and are the first of their key to be tried again.
    """

    @abstractmethod
    async def relay(self, publisher: EventPublisher, *, limit: int = 500) -> int:
        """
        Publish up to `limit` (1 to 1,000) events and forget them; how many.

        0 also where others relay all that there is. Raises: UnavailableError from the publisher, or of the store.
        """

    @abstractmethod
    async def wait(self, seconds: float) -> bool:
        """Wait until there is something to publish, at most so long; whether there is, or was a moment ago."""

    @abstractmethod
    async def waiting(self) -> Waiting:
        """How much there is, of all that is committed."""


class Subscription(Protocol):
    """
    The place of one named reader among all events, kept from one process to the next.

    - It gets each event at least once, those of a key in order.
    - Of several processes that read under one name a broker gives each keys of its own, and those of one that ends to
      the others. A log gives all of it to each: there the process that leads reads (`Leadership`).
    - The position of a record grows with each event of a key, and no other record of this reader has it.
    """

    @abstractmethod
    async def next(self, limit: int) -> Sequence[Recorded]:
        """Up to `limit` events behind those that are done, or none; the same again until they are."""

    @abstractmethod
    async def done(self, worked_off: Sequence[Recorded]) -> None:
        """
        These, which `next` gave last or the first of them, are worked off, durably.

        With none of them its reader says that it has started over after events were gone.
        """

    @abstractmethod
    async def wait(self, seconds: float) -> bool:
        """Wait until there is an event that is not done, at most so long; whether there is one."""

    @abstractmethod
    async def has_missed(self) -> bool:
        """Whether events are gone that it was never given, so that its reader must start over from the stores."""

    @abstractmethod
    async def lag(self) -> int:
        """How many events of those that are kept are not done, by any process. It takes nothing from who reads."""

    @abstractmethod
    async def go_back(self, since: datetime | None) -> int:
        """
        Stand before the first event that came at or after `since`, or before the oldest that is kept.

        How many events come again, or for the first time. Meanwhile nobody reads under this name.

        Raises: ConflictError where a broker knows of somebody who does, or did some seconds ago.
        """


class Subscriptions(Protocol):
    @abstractmethod
    def subscribe(self, reader: str) -> Subscription:
        """
        The place of the reader of this name; a new one stands before the oldest event that is kept.

        Nothing is asked of anybody before it is used.
        """


class ReaderPositions(Protocol):
    """How far each named reader has come, and marks that prove which database this is."""

    @abstractmethod
    async def position(self, reader: str) -> int:
        """The position the reader moved to last; 0 for one that never did."""

    @abstractmethod
    async def move(self, reader: str, position: int) -> None:
        """The reader has finished all up to `position`. It never moves back: a lower position is ignored."""

    @abstractmethod
    async def rewind(self, reader: str, position: int) -> None:
        """The reader stands at `position` from now on, be it in front of where it stood or behind."""

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
PUBLISHER = Port[EventPublisher]("publisher")
OUTBOX = Port[Outbox]("outbox")
SUBSCRIPTIONS = Port[Subscriptions]("subscriptions")
READERS = Port[ReaderPositions]("readers")
LEADERSHIP = Port[Leadership]("leadership")
