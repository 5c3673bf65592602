"""
Redis that hangs, dies, comes back, is emptied or refuses: nobody fails for it, and nobody waits long.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import UUID

import pytest

from carmarket.adapters.redis import (
    LocalLimits,
    RedisCache,
    RedisLine,
    RedisRateLimiter,
    RedisRevocations,
    offer,
    open_line,
    parse_server,
)
from carmarket.adapters.redis.server import BUDGET
from carmarket.core.limits import Limit
from carmarket.core.users.ids import UserId
from carmarket.ports.cache import CACHE
from carmarket.ports.limits import LIMITS
from carmarket.ports.revocations import REVOCATIONS
from tests.servers import valkey
from tests.servers.processes import Server

HOURLY = Limit(1, timedelta(hours=1))
MINUTE = timedelta(minutes=1)
ANN = UserId(UUID(int=1))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SPENT = 60
SLACK = 0.1
"""Seconds that a busy machine may add to a budget."""


@pytest.fixture
async def limits(line: RedisLine) -> RedisRateLimiter:
    """Other processes have used up some keys, of which this one does not know."""
    other = RedisRateLimiter(line, LocalLimits())
    for number in range(SPENT):
        await other.hit(f"spent {number}", HOURLY)
    return RedisRateLimiter(line, LocalLimits())


async def until_redis_decides(limits: RedisRateLimiter) -> float:
    """Seconds until a hit that only Redis can refuse is refused."""
    begun = monotonic()
    for number in range(SPENT):
        if not (await limits.hit(f"spent {number}", HOURLY)).is_allowed:
            return monotonic() - begun
        await asyncio.sleep(0.02)
    raise AssertionError("Redis decides no more.")


async def test_a_frozen_redis_holds_nobody_up_and_decides_again_when_it_is_back(
    own_server: Server, limits: RedisRateLimiter
) -> None:
    assert await until_redis_decides(limits) < SLACK
    os.killpg(own_server.pid, signal.SIGSTOP)
    took, passed, begun = list[float](), 0, monotonic()
    for _ in range(200):
        at = monotonic()
        passed += (await limits.hit("one", Limit(20, timedelta(hours=1)))).is_allowed
        took.append(monotonic() - at)
        await asyncio.sleep(0.005)
    lasted = monotonic() - begun
    os.killpg(own_server.pid, signal.SIGCONT)

    assert max(took) < BUDGET + SLACK
    # The line rests for 0.4 s between two looks: one hit in so many waits for its 50 ms.
    assert sum(one > BUDGET / 2 for one in took) <= 4 + lasted / 0.4
    assert passed == 20
    assert await until_redis_decides(limits) < 1


async def test_a_redis_that_was_killed_decides_again_when_it_is_back(
    own_server: Server, limits: RedisRateLimiter
) -> None:
    own_server.stop()
    gone = [(await limits.hit("one", Limit(3, timedelta(hours=1)))).is_allowed for _ in range(10)]
    port = parse_server(own_server.url).port
    back = await asyncio.to_thread(valkey.start, own_server.folder, port)
    took = await until_redis_decides(limits)
    await asyncio.to_thread(back.stop)

    assert gone == [True] * 3 + [False] * 7
    assert took < 1


async def test_many_at_once_are_held_up_once(own_server: Server, limits: RedisRateLimiter) -> None:
    os.killpg(own_server.pid, signal.SIGSTOP)
    begun = monotonic()
    for _ in range(4):
        await asyncio.gather(*(limits.hit(f"{number}", HOURLY) for number in range(300)))

    assert monotonic() - begun < 2 * (BUDGET + SLACK)


async def test_local_verdicts_of_several_processes_keep_to_the_limit_together(
    own_server: Server, line: RedisLine
) -> None:
    own_server.stop()
    processes = [RedisRateLimiter(line, LocalLimits(4)) for _ in range(4)]
    passed = [(await limits.hit("a", Limit(20, timedelta(hours=1)))).is_allowed for limits in processes * 20]

    assert sum(passed) == 20


async def test_answers_belong_to_their_questions_after_others_were_given_up(
    own_server: Server, line: RedisLine
) -> None:
    """A connection that still owes somebody an answer must not be asked again."""
    cache, got = RedisCache(line), list[tuple[str, bytes | None]]()
    keys = [f"key {number}" for number in range(40)]
    for key in keys:
        await cache.put(key, key.encode(), MINUTE)
    for turn in range(10):
        asking = [asyncio.create_task(cache.get(key)) for key in keys]
        await asyncio.sleep(0.0005 * turn)
        os.killpg(own_server.pid, signal.SIGSTOP)
        await asyncio.sleep(BUDGET + 0.01)
        os.killpg(own_server.pid, signal.SIGCONT)
        got += zip(keys, await asyncio.gather(*asking), strict=True)
        await asyncio.sleep(0.1)
        got += [(key, await cache.get(key)) for key in reversed(keys)]

    assert all(copy in {None, key.encode()} for key, copy in got)
    assert None in {copy for _, copy in got}
    assert sum(copy is not None for _, copy in got) > len(got) / 3


async def test_a_redis_that_hangs_is_a_miss_and_logs_nobody_out(own_server: Server, line: RedisLine) -> None:
    cache, revocations = RedisCache(line), RedisRevocations(line)
    await cache.put("a", b"1", MINUTE)
    await revocations.revoke(ANN, NOON)
    os.killpg(own_server.pid, signal.SIGSTOP)
    begun = monotonic()
    missed, known = await cache.get("a"), await revocations.revoked_at(ANN)
    await cache.put("b", b"1", MINUTE)
    await cache.forget(["a"])
    await revocations.revoke(ANN, NOON)
    took = monotonic() - begun

    assert (missed, known) == (None, None)
    # The first waits, the others know; to forget and to revoke are tried all the same.
    assert took < 3 * BUDGET + SLACK


async def test_a_redis_that_was_emptied_loses_speed_and_nothing_else(own_server: Server) -> None:
    async with offer(own_server.url) as offered, open_line(parse_server(own_server.url)) as line:
        cache, limits = await offered.get(CACHE), await offered.get(LIMITS)
        revocations = await offered.get(REVOCATIONS)
        await cache.put("a", b"1", MINUTE)
        await revocations.revoke(ANN, NOON)
        await limits.hit("a", HOURLY)
        await line.client.flushall()
        await line.client.script_flush()
        emptied = [await cache.get("a"), await revocations.revoked_at(ANN)]
        again = await limits.hit("a", HOURLY)
        await cache.put("a", b"2", MINUTE)
        await revocations.revoke(ANN, NOON)

        assert emptied == [None, None]
        assert again.is_allowed
        assert await cache.get("a") == b"2"
        assert await revocations.revoked_at(ANN) == NOON


async def test_a_redis_that_is_full_fails_nobody_and_decides_again_when_it_has_room(
    limits: RedisRateLimiter, line: RedisLine
) -> None:
    await line.client.config_set("maxmemory", "1")
    passed = [(await limits.hit("one", Limit(3, timedelta(hours=1)))).is_allowed for _ in range(10)]
    cache = RedisCache(line)
    await cache.put("a", b"1", MINUTE)
    missed = await cache.get("a")
    await line.client.config_set("maxmemory", "0")

    assert passed == [True] * 3 + [False] * 7
    assert missed is None
    assert await until_redis_decides(limits) < 1


async def test_a_wrong_password_is_told_once_in_the_log_and_to_nobody_else(
    own_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "carmarket.adapters.redis.line")
    async with offer(own_server.url.replace(valkey.PASSWORD, "wrong")) as offered:
        limits, cache = await offered.get(LIMITS), await offered.get(CACHE)
        passed = [(await limits.hit("a", HOURLY)).is_allowed for _ in range(5)]
        missed = await cache.get("a")

    assert passed == [True, False, False, False, False]
    assert missed is None
    told = [record.message for record in caplog.records]
    assert told.count("Redis does not answer: invalid username-password pair or user is disabled.") == 1
