"""
How a market gets a past: a clock that begins weeks ago, and ids that are told ahead.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from attrs import define

from carmarket.ports.clock import Clock, Ids


@define
class PastClock(Clock):
    """Stands still at a moment that has gone by, until it is told to go on to a later one."""

    _now: datetime

    def now(self) -> datetime:
        return self._now

    def go_to(self, moment: datetime) -> None:
        """It never runs backwards."""
        self._now = max(self._now, moment)


@define
class NamedIds(Ids):
    """Ids of the market's own, but for the next one where that was told."""

    _others: Ids
    _told: UUID | None = None

    def tell(self, next_one: UUID) -> None:
        """This is the next id that is asked for."""
        self._told = next_one

    def new(self) -> UUID:
        told, self._told = self._told, None
        return told or self._others.new()
