"""
Redis that is shared, and one of one's own that may be frozen and killed.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from carmarket.adapters.redis import RedisLine, open_line, parse_server
from tests.redis_time import RedisTime, own_redis
from tests.servers import valkey
from tests.servers.processes import Server


@pytest.fixture
async def redis(server_of: Callable[[str], str]) -> AsyncIterator[RedisTime]:
    async with own_redis(server_of("redis")) as opened:
        yield opened


@pytest.fixture
def own_server(server_of: Callable[[str], str], tmp_path: Path) -> Iterator[Server]:
    server_of("redis")  # a machine that cannot have one skips here
    server = valkey.start(tmp_path)
    yield server
    with suppress(ProcessLookupError):  # the test may have killed it
        os.killpg(server.pid, signal.SIGCONT)
    server.stop()


@pytest.fixture
async def line(own_server: Server) -> AsyncIterator[RedisLine]:
    async with open_line(parse_server(own_server.url)) as opened:
        yield opened
