"""What many processes share for a while: rate limits, a cache, and who was logged out everywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from carmarket.adapters.redis.cache import RedisCache
from carmarket.adapters.redis.limits import RedisRateLimiter
from carmarket.adapters.redis.line import RedisLine, open_line
from carmarket.adapters.redis.local import LocalLimits
from carmarket.adapters.redis.probe import RedisProbe
from carmarket.adapters.redis.revocations import RedisRevocations
from carmarket.adapters.redis.server import RedisServer, parse_server
from carmarket.ports.cache import CACHE
from carmarket.ports.limits import LIMITS
from carmarket.ports.offer import Offer
from carmarket.ports.probe import PROBE
from carmarket.ports.revocations import REVOCATIONS

__all__ = [
    "LocalLimits",
    "RedisCache",
    "RedisLine",
    "RedisRateLimiter",
    "RedisRevocations",
    "RedisServer",
    "offer",
    "open_line",
    "parse_server",
]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """
    The server that the URL names. Nothing is asked of it before it is needed, and it may be away at any time.

    Raises: InvalidError for a URL that names no server, or options that there are not.
    """
    server = parse_server(url)
    async with open_line(server) as line:

        async def limits() -> RedisRateLimiter:
            return RedisRateLimiter(line, LocalLimits(server.replicas))

        async def cache() -> RedisCache:
            return RedisCache(line)

        async def revocations() -> RedisRevocations:
            return RedisRevocations(line)

        async def probe() -> RedisProbe:
            return RedisProbe(line)

        yield Offer({LIMITS.name: limits, CACHE.name: cache, REVOCATIONS.name: revocations, PROBE.name: probe})
