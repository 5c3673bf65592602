"""
A cache of one process.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import timedelta

from attrs import define, field

from carmarket.core.period import milliseconds
from carmarket.ports.cache import MOST_BYTES, Cache, demand_cache_key, demand_ttl
from carmarket.ports.clock import Clock

MILLISECOND = timedelta(milliseconds=1)
OVERHEAD = 200
"""Bytes that an entry costs beside its data, about; so that empty ones are not for nothing."""


@define
class MemoryCache(Cache):
    """Copies up to so many bytes in all; who was not asked for the longest time goes first."""

    _clock: Clock
    _most: int = 64 * 1024 * 1024
    _copies: OrderedDict[str, tuple[bytes, int]] = field(factory=OrderedDict, init=False)
    """With the millisecond at which each is forgotten; what was asked for last stands last."""
    _held: int = field(default=0, init=False)

    async def get(self, key: str) -> bytes | None:
        demand_cache_key(key)
        found = self._copies.get(key)
        if found is None:
            return None
        if found[1] <= milliseconds(self._clock.now()):
            self._drop(key)
            return None
        self._copies.move_to_end(key)
        return found[0]

    async def put(self, key: str, data: bytes, ttl: timedelta) -> None:
        demand_cache_key(key)
        demand_ttl(ttl)
        self._drop(key)
        if len(data) > MOST_BYTES:
            return
        self._copies[key] = data, milliseconds(self._clock.now()) + ttl // MILLISECOND
        self._held += len(data) + OVERHEAD
        while self._held > self._most:
            self._drop(next(iter(self._copies)))

    async def forget(self, keys: Iterable[str]) -> None:
        for key in keys:
            demand_cache_key(key)
            self._drop(key)

    def _drop(self, key: str) -> None:
        found = self._copies.pop(key, None)
        if found is not None:
            self._held -= len(found[0]) + OVERHEAD

    def __len__(self) -> int:
        """How many copies are held."""
        return len(self._copies)
