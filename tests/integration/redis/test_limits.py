"""
What only shared limits have: one arithmetic in two languages, a clock elsewhere, a script that Redis may forget.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from carmarket.adapters.redis import LocalLimits, RedisRateLimiter
from carmarket.adapters.redis.local import share
from carmarket.core.limits import LONGEST, MOST, Limit, judged
from tests.redis_time import RedisTime

SECOND = timedelta(seconds=1)
LIMITS = [
    Limit(1, timedelta(milliseconds=1)),
    Limit(3, timedelta(milliseconds=7)),
    Limit(7, SECOND),
    Limit(5, timedelta(minutes=1)),
    Limit(1, LONGEST),
    Limit(999_983, LONGEST),
    Limit(MOST, LONGEST),
    Limit(MOST, timedelta(milliseconds=1)),
]


@pytest.mark.parametrize("limit", LIMITS, ids=str)
async def test_the_script_keeps_what_the_core_would_to_the_microsecond(redis: RedisTime, limit: Limit) -> None:
    limits, rng, seen = RedisRateLimiter(redis.line, redis.local()), Random(1), set[bool]()
    key = redis.line.key("limit", "a")
    for _ in range(60):
        before = await redis.line.client.get(key)
        due, now = await limits._owed("a", limit, 0)
        verdict, after = judged(limit, due, now)
        kept = await redis.line.client.get(key)
        seen.add(verdict.is_allowed)
        assert due == max(int(before or 0), now)
        assert kept is None or int(kept) == after
        assert kept is not None or after - now < 1_000_000
        await redis.goes_on(timedelta(microseconds=rng.randrange(0, limit.interval + 1, max(limit.interval // 7, 1))))

    assert True in seen


async def test_a_microsecond_too_early_is_refused_and_the_moment_itself_passes(redis: RedisTime) -> None:
    """The script is asked about a moment that is set exactly, not waited for."""
    now, limit, passed = 10**15, Limit(2, timedelta(hours=1)), dict[int, bool]()
    key, script = redis.line.key("limit", "a"), redis.line.client.register_script(_at(now))
    for early in (-1, 0, 1):
        due = now + limit.interval + early
        await redis.line.client.set(key, due)
        told = await script(keys=[key], args=[limit.interval, limit.burst * limit.interval, 0])
        passed[early] = int(await redis.line.client.get(key) or 0) != due
        assert told == [due, now]
        assert judged(limit, due, now)[0].is_allowed is passed[early]

    assert passed == {-1: True, 0: True, 1: False}


def _at(now: int) -> str:
    """The script with a time that stands still."""
    from carmarket.adapters.redis.limits import GCRA

    changed = GCRA.replace("time[1] * 1000000 + time[2]", f"{now}")
    assert changed != GCRA
    return changed


async def test_a_debt_is_the_least_that_is_owed_and_is_kept(redis: RedisTime) -> None:
    limits, limit = RedisRateLimiter(redis.line, redis.local()), Limit(3, timedelta(hours=1))
    for debt, owed in ((limit.interval, 1), (3 * limit.interval, 3), (limit.interval, 3), (0, 3)):
        due, now = await limits._owed("a", limit, debt)
        kept = await redis.line.client.get(redis.line.key("limit", "a"))

        assert owed - 0.1 < (due - now) / limit.interval <= owed
        assert int(kept or 0) == judged(limit, due, now)[1]


async def test_whoever_shares_a_redis_shares_its_limits(redis: RedisTime) -> None:
    one, other = (RedisRateLimiter(redis.line, LocalLimits()) for _ in range(2))
    limit = Limit(2, timedelta(hours=1))
    passed = [(await limits.hit("a", limit)).is_allowed for limits in (one, other, one, other)]

    assert passed == [True, True, False, False]


async def test_no_key_is_kept_for_ever_nor_longer_than_it_says_something(redis: RedisTime) -> None:
    limits = RedisRateLimiter(redis.line, redis.local())
    for number in range(20):
        for _ in range(number % 4):
            await limits.hit(f"{number}", Limit(3, timedelta(minutes=1)))
    kept = [key async for key in redis.line.client.scan_iter(f"{redis.line.server.prefix}*", count=1_000)]
    left = [await redis.line.client.pttl(key) for key in kept]

    assert len(kept) == 15
    assert all(0 < milliseconds <= 60_000 for milliseconds in left)


async def test_a_script_that_redis_forgot_is_told_again(redis: RedisTime) -> None:
    limits, limit = RedisRateLimiter(redis.line, LocalLimits()), Limit(1, timedelta(hours=1))
    await limits.hit("a", limit)
    await redis.line.client.script_flush()
    fresh = RedisRateLimiter(redis.line, LocalLimits())

    assert not (await fresh.hit("a", limit)).is_allowed


@pytest.mark.parametrize(
    ("limit", "replicas", "shared"),
    [
        (Limit(600), 1, Limit(600)),
        (Limit(600), 4, Limit(150)),
        (Limit(10), 3, Limit(3)),
        (Limit(5), 10, Limit(1, timedelta(minutes=2))),
        (Limit(1, LONGEST), 3, Limit(1, LONGEST)),
    ],
    ids=str,
)
def test_the_shares_of_all_are_no_more_than_the_limit(limit: Limit, replicas: int, shared: Any) -> None:
    assert share(limit, replicas) == shared


def test_the_local_limiter_forgets_what_says_nothing() -> None:
    now = [0]
    local, most = LocalLimits(1, lambda: now[0]), 0
    for number in range(20_000):
        local.hit(f"{number}", Limit(10))
        now[0] += 10_000
        most = max(most, len(local))

    # Each is worth remembering for six seconds, which is 600 of them.
    assert most < 2 * 600 + 100
