"""
A clock that tests set, and ids that count.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from attrs import define

from carmarket.core.period import utc_instant
from carmarket.ports.clock import Clock, Ids

VERSION_7 = 0x7 << 76
VARIANT = 0b10 << 62


@define
class MemoryClock(Clock):
    """Stands still until it is told to go on."""

    _now: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let time pass; it never runs backwards."""
        self._now = max(self._now, utc_instant(self._now + by))


@define
class MemoryIds(Ids):
    """1, 2, 3 ... in the form of version 7: the same run gives the same ids."""

    _given: int = 0

    def new(self) -> UUID:
        self._given += 1
        low = self._given & (2**62 - 1)
        return UUID(int=VERSION_7 | VARIANT | low | (self._given >> 62) << 80)
