"""
Rate limits: memory and Redis.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from carmarket.adapters.memory import MemoryClock, MemoryRateLimiter
from carmarket.adapters.redis import RedisRateLimiter
from carmarket.core.limits import Limit
from carmarket.ports.limits import RateLimiter
from carmarket.testing.contracts.limits import RateLimiterContract
from tests.redis_time import RedisTime, own_redis


class TestMemoryRateLimiter(RateLimiterContract):
    @pytest.fixture
    def clock(self) -> MemoryClock:
        return MemoryClock()

    @pytest.fixture
    def limits(self, clock: MemoryClock) -> RateLimiter:
        return MemoryRateLimiter(clock)

    @pytest.fixture
    def time(self, clock: MemoryClock) -> Callable[[timedelta], Awaitable[None]]:
        async def goes_on(by: timedelta) -> None:
            clock.advance(by)

        return goes_on

    async def test_keys_that_say_nothing_are_forgotten(self, clock: MemoryClock) -> None:
        limits = MemoryRateLimiter(clock)
        slow, fast = Limit(1, timedelta(hours=1)), Limit(10)
        for number in range(100):
            await limits.hit(f"slow {number}", slow)
        most = 0
        for number in range(20_000):
            await limits.hit(f"fast {number}", fast)
            clock.advance(timedelta(milliseconds=10))
            most = max(most, len(limits))

        # Each is worth remembering for six seconds, which is 600 of them.
        assert most < 100 + 2 * 600 + 100
        assert all([not (await limits.hit(f"slow {number}", slow)).is_allowed for number in range(100)])


class TestRedisRateLimiter(RateLimiterContract):
    @pytest.fixture
    async def redis(self, server_of: Callable[[str], str]) -> AsyncIterator[RedisTime]:
        async with own_redis(server_of("redis")) as opened:
            yield opened

    @pytest.fixture
    def limits(self, redis: RedisTime) -> RateLimiter:
        return RedisRateLimiter(redis.line, redis.local())

    @pytest.fixture
    def time(self, redis: RedisTime) -> Callable[[timedelta], Awaitable[None]]:
        return redis.goes_on
