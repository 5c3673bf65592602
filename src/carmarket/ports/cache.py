"""
Copies of what is known elsewhere, to be had sooner.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol

from carmarket.core.errors import InvalidError
from carmarket.ports.offer import Port

LONGEST_KEY = 200
MOST_BYTES = 1024 * 1024
"""Of a copy."""
SHORTEST, LONGEST = timedelta(milliseconds=1), timedelta(days=1)


class Cache(Protocol):
    """
    Copies under keys, each for a time that its maker says.

    - Nothing is kept here alone. It may forget anything at any moment, and does not tell.
    - It never fails for a store that is away. What is not answered within 50 ms is a miss; what cannot be put or
      forgotten in that time is not, and is not told either.
    - So an older copy may be got after a `put` or `forget`, but never later than its own `ttl`: that is for how long a
      stale copy can be borne.
    - A key has 1 to 200 characters, a `ttl` is a millisecond to a day: anything else is an InvalidError.
    - A copy of more than 1 MiB is not kept, nor is what was there before it.
    """

    @abstractmethod
    async def get(self, key: str) -> bytes | None:
        """The copy, or `None`."""

    @abstractmethod
    async def put(self, key: str, data: bytes, ttl: timedelta) -> None:
        """Keep a copy in place of the one before."""

    @abstractmethod
    async def forget(self, keys: Iterable[str]) -> None:
        """Keep them no longer; keys that are not there are no error."""


CACHE = Port[Cache]("cache")


def demand_cache_key(key: str) -> None:
    """Raises: InvalidError for what is no key of a copy."""
    if not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidError(
            "This is no key of a cache.", field="key", value=key[:80], expected=f"1 to {LONGEST_KEY} characters"
        )


def demand_ttl(ttl: timedelta) -> None:
    """Raises: InvalidError for a time that no copy is kept for."""
    if not SHORTEST <= ttl <= LONGEST:
        raise InvalidError("A copy is kept for a time.", field="ttl", value=str(ttl), expected="a millisecond to a day")
