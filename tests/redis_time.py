"""
A Redis of one's own for a test: a prefix that nobody else has, and time that passes at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

from attrs import define, evolve

from carmarket.adapters.redis import LocalLimits, RedisLine, open_line, parse_server
from carmarket.adapters.redis.local import microseconds

MICROSECOND = timedelta(microseconds=1)
PATIENT = 2.0
"""Seconds for an answer where a test is not about how soon it comes: the machine may be busy with others."""


@define
class RedisTime:
    """The server's clock cannot be set, so what is kept moves towards the past instead: only the distance counts."""

    line: RedisLine
    gone: timedelta = timedelta(0)

    async def goes_on(self, by: timedelta) -> None:
        self.gone += by
        async for key in self.line.client.scan_iter(f"{self.line.server.prefix}*", count=1_000):
            if key.startswith(self.line.key("limit", "").encode()):
                await self._earlier(key, by)
            await self._sooner(key, by)

    def local(self, replicas: int = 1) -> LocalLimits:
        """A local limiter on the same time."""
        return LocalLimits(replicas, lambda: microseconds() + self.gone // MICROSECOND)

    async def _earlier(self, key: bytes, by: timedelta) -> None:
        due = await self.line.client.get(key)
        if due is not None:
            await self.line.client.set(key, int(due) - by // MICROSECOND, keepttl=True)

    async def _sooner(self, key: bytes, by: timedelta) -> None:
        left = await self.line.client.pttl(key)
        await self.line.client.pexpire(key, left - by // timedelta(milliseconds=1))


@asynccontextmanager
async def own_redis(url: str) -> AsyncIterator[RedisTime]:
    async with open_line(evolve(parse_server(url), prefix=f"test-{uuid4()}:"), PATIENT) as line:
        yield RedisTime(line)
