"""
R22: in no stretch of time do more requests pass than burst + rate x time + 1, whoever comes at once.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carmarket.adapters.memory import MemoryClock, MemoryRateLimiter
from carmarket.core.limits import MICROSECOND, Limit, Verdict, judged
from carmarket.core.period import milliseconds
from carmarket.ports.limits import RateLimiter

HITS = 100_000 if os.environ.get("CARMARKET_FULL") == "1" else 10_000
CLIENTS = 100
LIMIT = Limit(50, timedelta(seconds=1))


class ChecksThenCounts(MemoryRateLimiter):
    """A mutant: looks, lets others have a turn, and counts."""

    async def hit(self, key: str, limit: Limit) -> Verdict:
        now = milliseconds(self._clock.now()) * 1_000
        verdict, due = judged(limit, self._due.get(key, 0), now)
        await asyncio.sleep(0)
        if verdict.is_allowed:
            self._due[key] = due
        return verdict


class FixedWindows(MemoryRateLimiter):
    """A mutant: counts in windows, so that two bursts meet where one window ends and the next begins."""

    async def hit(self, key: str, limit: Limit) -> Verdict:
        window = milliseconds(self._clock.now()) * MICROSECOND * 1_000 // limit.per
        count = self._due.get(f"{key} {window}", 0) + 1
        self._due[f"{key} {window}"] = count
        return Verdict(count <= limit.burst, 0, 0, 0)


def excess(passed: Sequence[int], limit: Limit) -> int:
    """
    How many more passed than may, in the worst stretch of time; `passed` are instants in microseconds, in order.

    In each stretch from the i-th to the j-th: j - i + 1 <= burst + (t_j - t_i) / interval + 1. With s = t / interval
    that is (j - s_j) - (i - s_i) <= burst, so the least of what stands behind is enough. All in whole numbers.
    """
    worst, least = 0, 0
    for number, at in enumerate(passed):
        height = number * limit.interval - at
        least = min(least, height) if number else height
        worst = max(worst, height - least - limit.burst * limit.interval)
    return -(-worst // limit.interval)


async def herd(make: Callable[[MemoryClock], RateLimiter], hits: int, *, seed: int = 1) -> tuple[list[int], int]:
    """Many clients on one key while time goes on: when hits passed, and for how long it went."""
    clock = MemoryClock()
    begin = clock.now()
    limits, rng, passed = make(clock), Random(seed), list[int]()
    numbers = iter(range(hits))

    async def client() -> None:
        for _ in numbers:
            at = (clock.now() - begin) // MICROSECOND
            if (await limits.hit("one", LIMIT)).is_allowed:
                passed.append(at)
            if rng.random() < 0.02:
                clock.advance(timedelta(milliseconds=rng.choice([1, 5, 20, 100])))
            if rng.random() < 0.001:
                clock.advance(timedelta(seconds=1))
            if rng.random() < 0.5:
                await asyncio.sleep(0)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return passed, (clock.now() - begin) // MICROSECOND


@pytest.mark.promise("R22")
async def test_a_herd_gets_no_more_than_the_limit_through(record_property):
    passed, took = await herd(MemoryRateLimiter, HITS)

    record_property("on", "memory")
    most = LIMIT.burst + took // LIMIT.interval + 1
    record_property("figure", f"{len(passed)} of {HITS} passed in {took / 1e6:.1f} s, {most} may")
    assert excess(passed, LIMIT) == 0
    assert most // 2 < len(passed) <= most


@pytest.mark.promise("R22")
@given(st.integers(1, 20), st.integers(1, 5_000), st.lists(st.integers(0, 2_000_000), min_size=1, max_size=200))
@settings(max_examples=1_000 if HITS > 10_000 else 200, deadline=None)
def test_no_stretch_of_time_lets_more_through(burst, per, pauses):
    limit, now, due, passed = Limit(burst, timedelta(milliseconds=per)), 0, 0, []
    for pause in pauses:
        now += pause % (2 * limit.interval)
        verdict, due = judged(limit, due, now)
        if verdict.is_allowed:
            passed.append(now)

    assert excess(passed, limit) == 0


@pytest.mark.mutant("R22")
@pytest.mark.parametrize("mutant", [ChecksThenCounts, FixedWindows])
async def test_a_limiter_that_looks_and_then_counts_or_counts_by_the_window_lets_too_many_through(mutant):
    found = [excess((await herd(mutant, 10_000, seed=seed))[0], LIMIT) for seed in range(3)]

    assert max(found) > 0
