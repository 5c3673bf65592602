"""
Revoked tokens: memory and Redis.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from carmarket.adapters.memory import MemoryClock, MemoryRevocations
from carmarket.adapters.redis import RedisRevocations
from carmarket.core.users.ids import UserId
from carmarket.ports.revocations import Revocations
from carmarket.testing.contracts.revocations import ANN, MINUTE, NOON, RevocationsContract
from tests.redis_time import RedisTime, own_redis


class TestMemoryRevocations(RevocationsContract):
    @pytest.fixture
    def clock(self) -> MemoryClock:
        return MemoryClock()

    @pytest.fixture
    def revocations(self, clock: MemoryClock) -> Revocations:
        return MemoryRevocations(clock)

    @pytest.fixture
    def time(self, clock: MemoryClock) -> Callable[[timedelta], Awaitable[None]]:
        async def goes_on(by: timedelta) -> None:
            clock.advance(by)

        return goes_on

    async def test_what_is_over_is_not_remembered(self, clock: MemoryClock) -> None:
        revocations, most = MemoryRevocations(clock), 0
        for number in range(1_000):
            await revocations.revoke(UserId(UUID(int=number)), NOON)
            clock.advance(MINUTE)
            most = max(most, len(revocations))

        assert most <= 16
        assert await revocations.revoked_at(ANN) is None


class TestRedisRevocations(RevocationsContract):
    @pytest.fixture
    async def redis(self, server_of: Callable[[str], str]) -> AsyncIterator[RedisTime]:
        async with own_redis(server_of("redis")) as opened:
            yield opened

    @pytest.fixture
    def revocations(self, redis: RedisTime) -> Revocations:
        return RedisRevocations(redis.line)

    @pytest.fixture
    def time(self, redis: RedisTime) -> Callable[[timedelta], Awaitable[None]]:
        return redis.goes_on
