"""
Caches: memory and Redis.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from carmarket.adapters.memory import MemoryCache, MemoryClock
from carmarket.adapters.redis import RedisCache
from carmarket.ports.cache import MOST_BYTES, Cache
from carmarket.testing.contracts.cache import MINUTE, CacheContract
from tests.redis_time import RedisTime, own_redis


class TestMemoryCache(CacheContract):
    @pytest.fixture
    def clock(self) -> MemoryClock:
        return MemoryClock()

    @pytest.fixture
    def cache(self, clock: MemoryClock) -> Cache:
        return MemoryCache(clock)

    @pytest.fixture
    def time(self, clock: MemoryClock) -> Callable[[timedelta], Awaitable[None]]:
        async def goes_on(by: timedelta) -> None:
            clock.advance(by)

        return goes_on

    async def test_what_was_not_asked_for_longest_goes_first(self, clock: MemoryClock) -> None:
        cache = MemoryCache(clock, 3 * MOST_BYTES)
        for key in "ab":
            await cache.put(key, bytes(MOST_BYTES), MINUTE)
        await cache.get("a")
        await cache.put("c", bytes(MOST_BYTES), MINUTE)

        assert [await cache.get(key) is not None for key in "abc"] == [True, False, True]

    async def test_empty_copies_are_bounded_too(self, clock: MemoryClock) -> None:
        cache = MemoryCache(clock, 100_000)
        for number in range(10_000):
            await cache.put(str(number), b"", MINUTE)
            await cache.put(str(number), b"", MINUTE)
        full = len(cache)
        await cache.forget(str(number) for number in range(10_000))

        assert 100 < full <= 500
        assert (len(cache), cache._held) == (0, 0)


class TestRedisCache(CacheContract):
    @pytest.fixture
    async def redis(self, server_of: Callable[[str], str]) -> AsyncIterator[RedisTime]:
        async with own_redis(server_of("redis")) as opened:
            yield opened

    @pytest.fixture
    def cache(self, redis: RedisTime) -> Cache:
        return RedisCache(redis.line)

    @pytest.fixture
    def time(self, redis: RedisTime) -> Callable[[timedelta], Awaitable[None]]:
        return redis.goes_on
