"""
A cache that many processes share.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from attrs import frozen

from carmarket.adapters.redis.line import RedisLine
from carmarket.ports.cache import MOST_BYTES, Cache, demand_cache_key, demand_ttl

MILLISECOND = timedelta(milliseconds=1)


@frozen
class RedisCache(Cache):
    """Copies under their keys, each with its time in Redis; which of them go when it is full is Redis' setting."""

    _line: RedisLine

    async def get(self, key: str) -> bytes | None:
        demand_cache_key(key)
        found = await self._line.ask(lambda: self._line.client.get(self._line.key("cache", key)))
        return found if isinstance(found, bytes) else None

    async def put(self, key: str, data: bytes, ttl: timedelta) -> None:
        demand_cache_key(key)
        demand_ttl(ttl)
        if len(data) > MOST_BYTES:
            await self.forget([key])
            return
        name = self._line.key("cache", key)
        await self._line.ask(lambda: self._line.client.set(name, data, px=ttl // MILLISECOND))

    async def forget(self, keys: Iterable[str]) -> None:
        names = list[str]()
        for key in keys:
            demand_cache_key(key)
            names.append(self._line.key("cache", key))
        if names:
            # Asked even of a Redis that was away a moment ago: a copy that should be forgotten is worth 50 ms.
            await self._line.ask(lambda: self._line.client.unlink(*names), insist=True)
