"""
The law of `BlobStore`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from carmarket.core.errors import InvalidError, NotFoundError
from carmarket.ports.blobs import CHUNK, BlobInfo, BlobStore

WRONG_KEYS = [
    "",
    "/",
    "a/",
    "/a",
    "a//b",
    ".",
    "..",
    "../a",
    "a/../b",
    "a b",
    "a\\b",
    "ä",
    "a\n",
    "x" * 201,
    "x/" * 300,
]


class BlobStoreContract:
    """Give a fixture `blobs` with a new, empty store."""

    async def test_what_was_put_is_got(self, blobs: BlobStore) -> None:
        info = await blobs.put("photos/0a/large.jpg", b"picture", content_type="image/jpeg")

        assert info == BlobInfo(7, "image/jpeg") == await blobs.info("photos/0a/large.jpg")
        assert await blobs.get("photos/0a/large.jpg") == b"picture"
        assert [piece async for piece in blobs.stream("photos/0a/large.jpg")] == [b"picture"]

    async def test_what_is_not_there_is_none(self, blobs: BlobStore) -> None:
        assert await blobs.info("a") is None
        assert await blobs.get("a") is None
        with pytest.raises(NotFoundError):
            await anext(blobs.stream("a"))

    async def test_a_stream_comes_and_goes_in_pieces(self, blobs: BlobStore) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            for number in range(3):
                yield bytes([number]) * CHUNK

        info = await blobs.put("big", pieces(), content_type="application/octet-stream")
        got = [piece async for piece in blobs.stream("big")]

        assert info.size == 3 * CHUNK
        assert b"".join(got) == b"".join(bytes([number]) * CHUNK for number in range(3))
        assert max(map(len, got)) <= CHUNK

    async def test_an_empty_blob_is_a_blob(self, blobs: BlobStore) -> None:
        await blobs.put("empty", b"", content_type="text/plain")

        assert await blobs.get("empty") == b""
        assert [piece async for piece in blobs.stream("empty")] == []

    async def test_the_newest_replaces_bytes_and_type(self, blobs: BlobStore) -> None:
        await blobs.put("a.jpg", b"1", content_type="text/plain")
        await blobs.put("a.jpg", b"22", content_type="image/jpeg")

        assert await blobs.info("a.jpg") == BlobInfo(2, "image/jpeg")

    async def test_a_stream_that_breaks_off_leaves_what_was_there(self, blobs: BlobStore) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield b"half"
            raise ConnectionResetError

        await blobs.put("a", b"whole", content_type="text/plain")
        with pytest.raises(Exception):  # noqa: B017, PT011  whatever the adapter makes of it
            await blobs.put("a", broken(), content_type="text/plain")

        assert await blobs.get("a") == b"whole"
        assert [key async for key in blobs.keys()] == ["a"]

    async def test_a_deleted_blob_is_gone(self, blobs: BlobStore) -> None:
        await blobs.put("a", b"1", content_type="text/plain")
        await blobs.delete("a")
        await blobs.delete("a")

        assert await blobs.get("a") is None
        assert [key async for key in blobs.keys()] == []

    async def test_keys_are_sorted_and_told_apart(self, blobs: BlobStore) -> None:
        for key in ("b/2", "a", "A", "a/b", "b/1", "b/1.txt", "..."):
            await blobs.put(key, key.encode(), content_type="text/plain")

        assert [key async for key in blobs.keys()] == ["...", "A", "a", "a/b", "b/1", "b/1.txt", "b/2"]
        assert [key async for key in blobs.keys("b/1")] == ["b/1", "b/1.txt"]
        assert await blobs.get("A") == b"A"
        assert await blobs.get("a/b") == b"a/b"

    @pytest.mark.parametrize("key", WRONG_KEYS)
    async def test_a_wrong_key_is_refused(self, blobs: BlobStore, key: str) -> None:
        for attempt in (
            blobs.put(key, b"", content_type="text/plain"),
            blobs.get(key),
            blobs.info(key),
            blobs.delete(key),
        ):
            with pytest.raises(InvalidError):
                await attempt

    async def test_a_reader_sees_a_whole_blob_while_others_write(self, blobs: BlobStore) -> None:
        sizes = [1_000, 300_000]
        await blobs.put("a", b"0" * sizes[0], content_type="text/plain")

        async def write() -> None:
            for turn in range(20):
                await blobs.put("a", bytes([48 + turn % 10]) * sizes[turn % 2], content_type="text/plain")

        async def look() -> None:
            for _ in range(40):
                seen = await blobs.get("a")
                assert seen is not None
                assert len(seen) in sizes
                assert len(set(seen)) == 1
                await asyncio.sleep(0)

        await asyncio.gather(write(), look())
