"""
A bucket that hangs, is not there or refuses: whoever asks is told, and soon.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from carmarket.adapters.s3 import offer
from carmarket.adapters.s3.server import THREADS
from carmarket.core.errors import UnavailableError
from carmarket.ports.blobs import BLOBS, CHUNK
from tests.integration.s3.test_bucket import fresh, pieces
from tests.servers import seaweedfs
from tests.servers.processes import Server

MOST_SECONDS = 3.0
"""For who waits for a store that hangs."""


@pytest.fixture
def own_server(server_of: Callable[[str], str], tmp_path: Path) -> Iterator[Server]:
    """A server that may be frozen."""
    server_of("s3")  # a machine that cannot have one skips here
    server = seaweedfs.start(tmp_path)
    yield server
    os.killpg(server.pid, signal.SIGCONT)
    server.stop()


async def test_wrong_credentials_are_told_as_such(server_of: Callable[[str], str]) -> None:
    url = fresh(server_of("s3"))
    for wrong in (url.replace(":tests-only@", ":another@"), url.replace("//tests:", "//nobody:")):
        async with offer(wrong) as offered:
            blobs = await offered.get(BLOBS)
            for asking in (blobs.put("a", b"", content_type="text/plain"), blobs.get("a"), blobs.info("a")):
                with pytest.raises(UnavailableError, match="refuses"):
                    await asking


async def test_no_credentials_at_all_are_told_as_such(
    server_of: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    async with offer(server_of("s3").replace("tests:tests-only@", "")) as offered:
        blobs = await offered.get(BLOBS)
        with pytest.raises(UnavailableError, match="has a key"):
            await blobs.get("a")


async def test_credentials_may_come_from_the_environment(
    server_of: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", seaweedfs.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", seaweedfs.SECRET)
    async with offer(fresh(server_of("s3")).replace("tests:tests-only@", "")) as offered:
        blobs = await offered.get(BLOBS)
        await blobs.put("a", b"1", content_type="text/plain")

        assert await blobs.get("a") == b"1"


async def test_a_store_that_is_not_there_is_unavailable() -> None:
    async with offer("s3://key:secret@127.0.0.1:9/bucket?scheme=http") as offered:
        blobs = await offered.get(BLOBS)
        with pytest.raises(UnavailableError):
            await blobs.get("a")


async def test_a_frozen_store_is_unavailable_in_time_and_serves_again(own_server: Server) -> None:
    async with offer(fresh(own_server.url)) as offered:
        blobs = await offered.get(BLOBS)
        await blobs.put("large", pieces(8 * CHUNK), content_type="image/jpeg")
        half_read = blobs.stream("large")
        await anext(half_read)
        os.killpg(own_server.pid, signal.SIGSTOP)
        # More than there are threads, so that some wait for others that wait.
        askings = [
            *(blobs.get("large") for _ in range(THREADS + 4)),
            blobs.put("a", b"1", content_type="text/plain"),
            blobs.info("large"),
            _all(half_read),
        ]
        slowest = max(await asyncio.gather(*map(_time_to_fail, askings)))
        os.killpg(own_server.pid, signal.SIGCONT)
        begun = monotonic()
        back = await blobs.get("large")

        assert slowest <= MOST_SECONDS
        assert back is not None
        assert len(back) == 8 * CHUNK
        assert monotonic() - begun < 1


async def test_who_gives_up_on_a_frozen_stream_holds_up_nobody(own_server: Server) -> None:
    """A response that a thread still reads of cannot be closed before that is done."""
    async with offer(fresh(own_server.url)) as offered:
        blobs = await offered.get(BLOBS)
        await blobs.put("large", pieces(40 * CHUNK), content_type="image/jpeg")
        stream = blobs.stream("large")
        await anext(stream)
        os.killpg(own_server.pid, signal.SIGSTOP)
        reading = asyncio.create_task(_all(stream))
        await asyncio.sleep(0.3)
        begun = monotonic()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        took = monotonic() - begun
        os.killpg(own_server.pid, signal.SIGCONT)

        assert took < 0.5


async def _all(stream: AsyncIterator[bytes]) -> None:
    async for _ in stream:
        pass


async def _time_to_fail(asked: Any) -> float:
    begun = monotonic()
    with pytest.raises(UnavailableError):
        await asked
    return monotonic() - begun
