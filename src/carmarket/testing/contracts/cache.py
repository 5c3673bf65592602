"""
The law of `Cache`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from carmarket.core.errors import InvalidError
from carmarket.ports.cache import LONGEST_KEY, MOST_BYTES, Cache

MINUTE = timedelta(minutes=1)
Pass = Callable[[timedelta], Awaitable[None]]


class CacheContract:
    """Give a fixture `cache`, new and empty, and a fixture `time` that lets its clock go on."""

    async def test_what_was_put_is_got(self, cache: Cache) -> None:
        await cache.put("page of a golf", b"\x00picture\xff", MINUTE)

        assert await cache.get("page of a golf") == b"\x00picture\xff"
        assert await cache.get("page of a polo") is None

    async def test_nothing_is_something(self, cache: Cache) -> None:
        await cache.put("a", b"", MINUTE)

        assert await cache.get("a") == b""

    async def test_the_newest_replaces_the_copy_and_its_time(self, cache: Cache, time: Pass) -> None:
        await cache.put("a", b"1", MINUTE)
        await cache.put("a", b"2", 3 * MINUTE)
        await time(2 * MINUTE)
        assert await cache.get("a") == b"2"
        await time(2 * MINUTE)
        assert await cache.get("a") is None

    async def test_a_copy_goes_when_its_time_is_over_and_not_because_it_is_got(self, cache: Cache, time: Pass) -> None:
        await cache.put("a", b"1", MINUTE)
        await cache.put("b", b"1", 3 * MINUTE)
        for _ in range(3):
            await time(MINUTE / 4)
            assert await cache.get("a") == b"1"
        await time(MINUTE / 2)

        assert await cache.get("a") is None
        assert await cache.get("b") == b"1"

    async def test_what_is_forgotten_is_gone_and_the_rest_stays(self, cache: Cache) -> None:
        for key in "abc":
            await cache.put(key, key.encode(), MINUTE)
        await cache.forget(key for key in ("a", "c", "never there"))
        await cache.forget([])

        assert [await cache.get(key) for key in "abc"] == [None, b"b", None]

    async def test_a_copy_too_large_is_not_kept_nor_what_was_before(self, cache: Cache) -> None:
        await cache.put("a", bytes(MOST_BYTES), MINUTE)
        largest = await cache.get("a")
        await cache.put("a", bytes(MOST_BYTES + 1), MINUTE)

        assert largest == bytes(MOST_BYTES)
        assert await cache.get("a") is None

    @pytest.mark.parametrize("key", ["", "x" * (LONGEST_KEY + 1)])
    async def test_a_wrong_key_is_refused(self, cache: Cache, key: str) -> None:
        for attempt in (cache.get(key), cache.put(key, b"", MINUTE), cache.forget(["a", key])):
            with pytest.raises(InvalidError):
                await attempt

    @pytest.mark.parametrize("ttl", [timedelta(0), -MINUTE, timedelta(microseconds=999), timedelta(days=1, seconds=1)])
    async def test_a_wrong_time_is_refused(self, cache: Cache, ttl: timedelta) -> None:
        with pytest.raises(InvalidError):
            await cache.put("a", b"", ttl)

    async def test_answers_belong_to_their_questions(self, cache: Cache) -> None:
        keys = [f"key {number}" for number in range(100)]
        await asyncio.gather(*(cache.put(key, key.encode(), MINUTE) for key in keys))
        got = await asyncio.gather(*(cache.get(key) for key in keys))

        # A store that is slow for a moment may miss some, and never gives one for another.
        assert all(copy in {None, key.encode()} for key, copy in zip(keys, got, strict=True))
        assert any(got)
