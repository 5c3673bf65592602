"""
What one process knows of the limits by itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from time import monotonic_ns

from attrs import define, field, frozen

from carmarket.core.limits import LONGEST, Limit, Verdict, judged

LOOKED_AT = 2
"""Keys that each hit looks at, in turn, to forget those that say nothing: one more than it can add."""


def microseconds() -> int:
    """Of a clock that only this process has."""
    return monotonic_ns() // 1_000


@lru_cache(maxsize=1_000)
def share(limit: Limit, replicas: int) -> Limit:
    """
    What one of so many processes may let through, so that together they keep to the limit's rate.

    Each lets at least one through at once: with more processes than the limit's burst, together they let through as
    many as they are, and then the next ones later.
    """
    burst = limit.burst // replicas
    return Limit(burst, limit.per) if burst else Limit(1, min(limit.per * replicas / limit.burst, LONGEST))


@frozen
class Debt:
    """What is owed for hits that were let through here and that Redis knows nothing of."""

    microseconds: int = 0
    """By the whole limit's measure."""
    decided: int = 0
    """How many hits were decided about here until then."""


NO_DEBT = Debt()


@define
class LocalLimits:
    """
    Counts every hit in this process at its share of the limit, whoever decides about it.

    So it is warm when it has to decide: neither as open as if nobody had come yet, nor closed. What it let through by
    itself is told to Redis with the next hit that reaches it, else a Redis that comes and goes would let through
    twice the rate.
    """

    _replicas: int = 1
    _now: Callable[[], int] = microseconds
    _due: OrderedDict[str, int] = field(factory=OrderedDict, init=False)
    _decided: dict[str, int] = field(factory=dict, init=False)
    """How many hits on a key were decided about here, since Redis was last told."""

    def hit(self, key: str, limit: Limit) -> Verdict:
        now = self._now()
        verdict, self._due[key] = judged(share(limit, self._replicas), self._due.get(key, 0), now)
        self._forget(now)
        return verdict

    def debt(self, key: str, limit: Limit) -> Debt:
        """Before a hit that is not to be part of it."""
        decided = self._decided.get(key)
        if decided is None:
            return NO_DEBT
        owed = max(self._due.get(key, 0) - self._now(), 0)
        whole = owed * limit.interval // share(limit, self._replicas).interval
        return Debt(min(whole, limit.burst * limit.interval), decided)

    def decided(self, key: str) -> None:
        """The verdict of here was the one that counted."""
        if key in self._due:
            self._decided[key] = self._decided.get(key, 0) + 1

    def settled(self, key: str, debt: Debt) -> None:
        """Redis was told, unless more was decided meanwhile."""
        if debt.decided and self._decided.get(key) == debt.decided:
            del self._decided[key]

    def _forget(self, now: int) -> None:
        """Keys come round in turn, so of those that owe nothing none is left after half as many hits."""
        for _ in range(min(LOOKED_AT, len(self._due))):
            key = next(iter(self._due))
            if self._due[key] <= now:
                del self._due[key]
                self._decided.pop(key, None)
            else:
                self._due.move_to_end(key)

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._due)
