"""
The operating system's clock.
"""

from __future__ import annotations

from datetime import UTC, datetime

from attrs import define

from carmarket.core.period import utc_instant
from carmarket.ports.clock import Clock

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@define
class SystemClock(Clock):
    """Held where it would run backwards."""

    _latest: datetime = EARLIEST

    def now(self) -> datetime:
        self._latest = max(self._latest, utc_instant(datetime.now(UTC)))
        return self._latest
