"""
How often somebody came.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from carmarket.core.limits import Limit, Verdict
from carmarket.ports.offer import Port


class RateLimiter(Protocol):
    """
    Counts hits by key, each against a limit.

    - Under any concurrency at most `burst + rate x t + 1` hits on a key pass in a time t; a hit that does not pass
      counts for nothing. It decides as `carmarket.core.limits.judged` does.
    - Whoever keeps to the rate always passes, and so does who comes again after `retry_after`.
    - Keys know nothing of each other.
    - It goes by a clock of its own, the same for all who share it.
    - A key that says nothing any more is forgotten, so that what is kept is bounded by the keys of the longest limit.
    """

    @abstractmethod
    async def hit(self, key: str, limit: Limit) -> Verdict:
        """Count one hit, if it may pass."""


LIMITS = Port[RateLimiter]("limits")
