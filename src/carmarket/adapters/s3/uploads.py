"""
A stream into a bucket, a part at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any

from carmarket.adapters.s3.bucket import S3Bucket
from carmarket.core.errors import UnavailableError

PART = 8 * 1024 * 1024
"""What is held in memory of a stream. S3 takes parts of 5 MiB to 5 GiB, and 10,000 of them."""


async def upload(bucket: S3Bucket, key: str, data: AsyncIterable[bytes], *, content_type: str) -> int:
    """
    Put a stream under the key, at once when its last byte has come; how many bytes there were.

    If it breaks off nothing stays, unless the store goes away with it: see the rule for unfinished uploads in
    docs/s3.md.
    """
    parts = _parts(data)
    first = await anext(parts, b"")
    second = await anext(parts, None)
    if second is None:
        await bucket.ask("put_object", Key=key, Body=first, ContentType=content_type)
        return len(first)
    begun = await bucket.ask("create_multipart_upload", Key=key, ContentType=content_type)
    about = {"Key": key, "UploadId": begun["UploadId"]}
    try:
        size, tags = 0, list[str]()
        async for part in _chained(first, second, parts):
            size += len(part)
            sent = await _seen_through(bucket.ask("upload_part", Body=part, PartNumber=len(tags) + 1, **about))
            tags.append(sent["ETag"])
        listed = [{"ETag": tag, "PartNumber": number} for number, tag in enumerate(tags, start=1)]
        await _seen_through(
            bucket.ask("complete_multipart_upload", tries=1, MultipartUpload={"Parts": listed}, **about)
        )
    except BaseException:
        # What broke it off is what is told; that the store could not be told so adds nothing to it.
        with suppress(UnavailableError):
            await bucket.ask("abort_multipart_upload", **about)
        raise
    return size


async def _parts(data: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Of the size of a part but for the last."""
    held = bytearray()
    async for piece in data:
        held += piece
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
    if held:
        yield bytes(held)


async def _chained(first: bytes, second: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    yield second
    async for part in rest:
        yield part


async def _seen_through(asking: Coroutine[Any, Any, Any]) -> Any:
    """
    Wait for it even if nobody waits for us any more.

    A part that came behind the word to drop the upload would stay.
    """
    task = asyncio.ensure_future(asking)
    try:
        return await asyncio.shield(task)
    finally:
        if not task.done():
            await asyncio.wait([task])
