"""
Rate limits of one process.
"""

from __future__ import annotations

from collections import OrderedDict

from attrs import define, field

from carmarket.core.limits import Limit, Verdict, judged
from carmarket.core.period import milliseconds
from carmarket.ports.clock import Clock
from carmarket.ports.limits import RateLimiter

LOOKED_AT = 2
"""Keys that each hit looks at, in turn, to forget those that say nothing: one more than it can add."""


@define
class MemoryRateLimiter(RateLimiter):
    """Of each key the moment at which it owes nothing any more. A hit runs without an await inside, so it is atomic."""

    _clock: Clock
    _due: OrderedDict[str, int] = field(factory=OrderedDict)

    async def hit(self, key: str, limit: Limit) -> Verdict:
        now = milliseconds(self._clock.now()) * 1_000
        verdict, due = judged(limit, self._due.get(key, 0), now)
        self._due[key] = due
        self._forget(now)
        return verdict

    def _forget(self, now: int) -> None:
        """Keys come round in turn, so of those that were owed nothing at a hit none is left after half as many hits."""
        for _ in range(min(LOOKED_AT, len(self._due))):
            key = next(iter(self._due))
            if self._due[key] <= now:
                del self._due[key]
            else:
                self._due.move_to_end(key)

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._due)
