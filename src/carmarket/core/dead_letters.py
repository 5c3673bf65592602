"""
An event that a reader could not work off: how often it is tried again, when, and what becomes of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

from carmarket.core.errors import ConflictError
from carmarket.core.events import Event

PAUSES = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))
"""After the first failure, the second, and so on; after one more it is a dead letter."""
TRIES = len(PAUSES) + 1
LONGEST_ERROR = 1_000
"""Letters of an error that are kept."""


class ParkedStatus(StrEnum):
    WAITING = "waiting"
    """For its next try, or for its turn behind an earlier event of its key."""
    DEAD = "dead"
    """For an operator."""


@frozen(kw_only=True)
class ParkedEvent:
    """
    An event that a reader has put aside, so that other keys go on.

    Either it failed itself, or it queues behind an earlier event of its key that did. Only the first of a queue is
    tried; so a queue waits for as long as its first is dead.
    """

    reader: str
    position: int
    """Where it stood in the log: queues are in this order."""
    event: Event
    parked_at: datetime
    tries: int = 0
    next_try: datetime | None
    """None: it is dead, and is not tried until an operator sends it again."""
    error: str = ""
    """What went wrong last, in the words of the error; nothing for one that was not tried yet."""

    @classmethod
    def of(cls, reader: str, position: int, event: Event, *, now: datetime) -> ParkedEvent:
        """One that was not tried yet, and may be as soon as it is the first of its queue."""
        return cls(reader=reader, position=position, event=event, parked_at=now, next_try=now)

    @property
    def status(self) -> ParkedStatus:
        return ParkedStatus.DEAD if self.next_try is None else ParkedStatus.WAITING

    def failed(self, error: str, *, now: datetime) -> ParkedEvent:
        """One more try came to nothing: wait for longer, or give up. What is no letter in the error becomes a mark."""
        tries = self.tries + 1
        next_try = now + PAUSES[tries - 1] if tries < TRIES else None
        written = error[:LONGEST_ERROR].encode(errors="replace").decode()
        return evolve(self, tries=tries, next_try=next_try, error=written)

    def sent_again(self, *, now: datetime) -> ParkedEvent:
        """
        With all its tries before it, the first of them now.

        Raises: ConflictError if it is not dead.
        """
        self.demand_dead()
        return evolve(self, tries=0, next_try=now)

    def demand_dead(self) -> None:
        """
        Let pass what waits for an operator.

        Raises: ConflictError if it waits for its next try or for its turn.
        """
        if self.status is not ParkedStatus.DEAD:
            raise ConflictError(
                "The event is still being tried, or waits for its turn.",
                field="status",
                value=self.status.value,
                expected=ParkedStatus.DEAD.value,
            )
