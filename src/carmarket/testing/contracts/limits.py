"""
The law of `RateLimiter`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from carmarket.core.limits import Limit, judged
from carmarket.ports.limits import RateLimiter

LIMIT = Limit(5, timedelta(seconds=1))
Pass = Callable[[timedelta], Awaitable[None]]


async def passed(limits: RateLimiter, hits: int, *, key: str = "a", limit: Limit = LIMIT) -> int:
    """How many of so many at once pass."""
    verdicts = await asyncio.gather(*(limits.hit(key, limit) for _ in range(hits)))
    return sum(verdict.is_allowed for verdict in verdicts)


class RateLimiterContract:
    """Give a fixture `limits`, and a fixture `time` that lets the limiter's clock go on."""

    async def test_as_many_as_are_said_pass_at_once(self, limits: RateLimiter) -> None:
        assert await passed(limits, 4) == 4
        assert 1 <= await passed(limits, 40) <= 2

    async def test_more_pass_as_time_does(self, limits: RateLimiter, time: Pass) -> None:
        await passed(limits, 40)
        await time(timedelta(milliseconds=400))
        assert 2 <= await passed(limits, 40) <= 3
        await time(timedelta(seconds=10))
        assert 5 <= await passed(limits, 40) <= 6

    async def test_what_does_not_pass_counts_for_nothing(self, limits: RateLimiter, time: Pass) -> None:
        await passed(limits, 500)
        await time(timedelta(seconds=1))

        assert await passed(limits, 5) == 5

    async def test_who_comes_again_when_told_passes(self, limits: RateLimiter, time: Pass) -> None:
        await passed(limits, 40)
        refused = await limits.hit("a", LIMIT)
        assert not refused.is_allowed
        assert 0 < refused.retry_after <= LIMIT.interval
        await time(timedelta(microseconds=-(-refused.retry_after // 1_000) * 1_000))

        assert (await limits.hit("a", LIMIT)).is_allowed

    async def test_it_tells_what_is_left(self, limits: RateLimiter) -> None:
        first = await limits.hit("a", LIMIT)
        second = await limits.hit("a", LIMIT)

        assert first == judged(LIMIT, 0, 0)[0]
        assert (second.is_allowed, second.remaining, second.retry_after) == (True, 3, 0)
        assert LIMIT.interval < second.full_after <= 2 * LIMIT.interval

    async def test_keys_know_nothing_of_each_other(self, limits: RateLimiter) -> None:
        await passed(limits, 40)

        assert await passed(limits, 5, key="b") == 5

    async def test_who_keeps_to_the_rate_always_passes(self, limits: RateLimiter, time: Pass) -> None:
        pause = timedelta(microseconds=-(-LIMIT.interval // 1_000) * 1_000)
        await passed(limits, 40)
        for number in range(50):
            await time(pause)
            assert (await limits.hit("a", LIMIT)).is_allowed, number

    async def test_no_more_pass_in_a_stretch_than_are_said(self, limits: RateLimiter, time: Pass) -> None:
        pauses, let_through = (0, 50, 150, 350, 10, 700, 5, 90), 0
        for pause in pauses:
            await time(timedelta(milliseconds=pause))
            let_through += await passed(limits, 40)

        most = LIMIT.burst + sum(pauses) * 1_000 // LIMIT.interval + 1
        assert most - 2 <= let_through <= most
