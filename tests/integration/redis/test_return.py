"""
Redis that comes and goes: what passed while it was gone is not forgotten when it is back.
"""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from time import monotonic

import pytest

from carmarket.adapters.redis import LocalLimits, RedisLine, RedisRateLimiter
from carmarket.adapters.redis.local import NO_DEBT, Debt
from carmarket.core.limits import Limit
from tests.servers.processes import Server


async def coming_and_going(server: Server, limits: RedisRateLimiter) -> tuple[int, float]:
    """How many pass while Redis is there, is not, is there again; and how many may."""
    limit = Limit(20, timedelta(seconds=1))
    begun, passed = monotonic(), 0
    for turn in range(6):
        os.killpg(server.pid, signal.SIGCONT if turn % 2 == 0 else signal.SIGSTOP)
        until = monotonic() + 0.5
        while monotonic() < until:
            passed += (await limits.hit("a", limit)).is_allowed
            await asyncio.sleep(0.002)
    # One more may pass each time that another decides.
    return passed, limit.burst + 20 * (monotonic() - begun) + 3


async def test_a_redis_that_comes_and_goes_lets_no_more_than_the_rate_through(
    own_server: Server, line: RedisLine
) -> None:
    """What passed while it was gone is told to it when it is back."""
    passed, most = await coming_and_going(own_server, RedisRateLimiter(line, LocalLimits()))

    assert 0.8 * most < passed <= most


class Forgives(LocalLimits):
    """A mutant: tells Redis nothing of what it let through."""

    def debt(self, key: str, limit: Limit) -> Debt:
        return NO_DEBT


@pytest.mark.mutant("R22")
async def test_a_limiter_that_tells_redis_nothing_lets_too_many_through(own_server: Server, line: RedisLine) -> None:
    passed, most = await coming_and_going(own_server, RedisRateLimiter(line, Forgives()))

    assert passed > most
