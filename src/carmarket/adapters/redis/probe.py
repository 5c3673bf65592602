"""
What answers at the other end of the line.
"""

from __future__ import annotations

import asyncio

from attrs import frozen
from redis.exceptions import RedisError

from carmarket.adapters.redis.line import RedisLine
from carmarket.core.errors import UnavailableError
from carmarket.ports.probe import Probe

PATIENCE = 1.0


@frozen
class RedisProbe(Probe):
    _line: RedisLine

    async def version(self) -> str:
        try:
            async with asyncio.timeout(PATIENCE):
                told = await self._line.client.info("server")
        except (RedisError, OSError, TimeoutError) as error:
            raise UnavailableError(f"Redis does not answer: {type(error).__name__} {error}") from error
        valkey = told.get("valkey_version")
        return f"Valkey {valkey}" if valkey else f"Redis {told.get('redis_version')}"
