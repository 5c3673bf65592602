"""
Not asking for a while what has not answered.
"""

from __future__ import annotations

from time import monotonic

from attrs import define

from carmarket.core.errors import UnavailableError

FAILURES = 3
"""In a row. One search that takes too long says nothing of the next."""
REST_SECONDS = 0.5


@define
class Rest:
    """
    After some failures nobody is held up any more; every half second one is let through to see whether it is over.

    Who has something to fall back on falls back at once then, and a server that comes to itself is not run over.
    """

    _failures: int = 0
    _until: float = 0.0

    def demand_awake(self) -> None:
        """Raises: UnavailableError."""
        if self._failures < FAILURES:
            return
        now = monotonic()
        if now < self._until:
            raise UnavailableError("The search index did not answer a moment ago.")
        self._until = now + REST_SECONDS

    def failed(self) -> None:
        self._failures += 1
        self._until = monotonic() + REST_SECONDS

    def answered(self) -> None:
        self._failures = 0
