"""
What only a bucket has: large streams in parts, pages of keys, nothing open to everybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import uuid4

import pytest

from carmarket.adapters.s3 import S3BlobStore, S3Bucket, offer, open_bucket, parse_server
from carmarket.adapters.s3.server import CONNECTIONS
from carmarket.adapters.s3.uploads import PART
from carmarket.ports.blobs import BLOBS, CHUNK


def fresh(url: str) -> str:
    return url.replace("/carmarket?", f"/own-{uuid4()}?")


@pytest.fixture
async def bucket(server_of: Callable[[str], str]) -> AsyncIterator[S3Bucket]:
    async with open_bucket(parse_server(fresh(server_of("s3")))) as opened:
        yield opened


async def pieces(size: int, *, broken_after: int | None = None) -> AsyncIterator[bytes]:
    for start in range(0, size, CHUNK):
        if broken_after is not None and start >= broken_after:
            raise ConnectionResetError
        yield bytes([start // CHUNK % 251]) * min(CHUNK, size - start)


async def unfinished(bucket: S3Bucket) -> list[Any]:
    listed = await bucket.ask("list_multipart_uploads")
    uploads: list[Any] = listed.get("Uploads", [])
    return uploads


@pytest.mark.parametrize("size", [PART - 1, PART, PART + 1, 2 * PART + 3])
async def test_streams_about_the_size_of_a_part_come_back_as_they_went(bucket: S3Bucket, size: int) -> None:
    blobs = S3BlobStore(bucket)
    info = await blobs.put("large", pieces(size), content_type="image/jpeg")
    back = b"".join([piece async for piece in blobs.stream("large")])

    assert info == await blobs.info("large")
    assert info.size == size
    assert back == b"".join([piece async for piece in pieces(size)])
    assert await unfinished(bucket) == []


async def test_a_stream_that_breaks_off_leaves_neither_a_blob_nor_half_an_upload(bucket: S3Bucket) -> None:
    blobs = S3BlobStore(bucket)
    with pytest.raises(ConnectionResetError):
        await blobs.put("large", pieces(4 * PART, broken_after=3 * PART), content_type="image/jpeg")

    assert await blobs.info("large") is None
    assert await unfinished(bucket) == []


async def test_an_upload_that_is_cancelled_leaves_nothing(bucket: S3Bucket) -> None:
    blobs, under_way = S3BlobStore(bucket), asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        async for piece in pieces(2 * PART + CHUNK):
            yield piece
        under_way.set()
        await asyncio.sleep(60)

    putting = asyncio.create_task(blobs.put("large", endless(), content_type="image/jpeg"))
    await under_way.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting

    assert await blobs.info("large") is None
    assert await unfinished(bucket) == []


async def test_an_upload_that_is_begun_can_be_seen(bucket: S3Bucket) -> None:
    """The negative control: the check of the two tests above would find what is left."""
    await bucket.make()
    await bucket.ask("create_multipart_upload", Key="left")

    assert [one["Key"] for one in await unfinished(bucket)] == ["left"]


async def test_more_than_a_page_of_keys_comes_sorted_by_bytes(bucket: S3Bucket) -> None:
    blobs = S3BlobStore(bucket)
    wanted = ["b/1", "b/1-z", "b/1-z/q", "b/1.txt", "b/1/x", *(f"many/{number:04}" for number in range(1_010))]
    for start in range(0, len(wanted), 50):
        await asyncio.gather(*(blobs.put(key, b"", content_type="text/plain") for key in wanted[start : start + 50]))

    assert [key async for key in blobs.keys()] == sorted(wanted)
    assert [key async for key in blobs.keys("b/1-")] == ["b/1-z", "b/1-z/q"]


async def test_the_bucket_is_made_once_and_by_many_at_once(server_of: Callable[[str], str]) -> None:
    server = parse_server(fresh(server_of("s3")))
    async with open_bucket(server) as one, open_bucket(server) as other:
        stores = [S3BlobStore(bucket) for bucket in (one, other) * 4]
        await asyncio.gather(*(store.put("a", b"1", content_type="text/plain") for store in stores))
        await one._create()

        assert await S3BlobStore(other).get("a") == b"1"


async def test_what_is_put_is_open_to_nobody_without_a_key(bucket: S3Bucket) -> None:
    await S3BlobStore(bucket).put("photos/a/large.jpg", b"1", content_type="image/jpeg")
    address = f"{bucket.server.endpoint}/{bucket.server.bucket}/photos/a/large.jpg"
    with pytest.raises(HTTPError) as refused:
        await asyncio.to_thread(urlopen, address, timeout=2)
    refused.value.close()

    assert refused.value.code == 403


async def test_streams_that_nobody_reads_on_hold_up_nobody(bucket: S3Bucket) -> None:
    blobs = S3BlobStore(bucket)
    await blobs.put("large", pieces(4 * CHUNK), content_type="image/jpeg")
    begun = [blobs.stream("large") for _ in range(CONNECTIONS // 2)]
    for stream in begun:
        await anext(stream)
    size = len(await blobs.get("large") or b"")
    for stream in begun:
        await stream.aclose()

    assert size == 4 * CHUNK


async def test_a_stream_may_be_closed_after_its_store(server_of: Callable[[str], str]) -> None:
    async with offer(fresh(server_of("s3"))) as offered:
        blobs = await offered.get(BLOBS)
        await blobs.put("large", pieces(4 * CHUNK), content_type="image/jpeg")
        stream = blobs.stream("large")
        first = await anext(stream)
    await stream.aclose()

    assert len(first) == CHUNK
