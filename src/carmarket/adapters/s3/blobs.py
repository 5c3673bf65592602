"""
Blobs as objects of a bucket.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import closing
from functools import partial
from typing import Any

from attrs import frozen

from carmarket.adapters.s3.bucket import S3Bucket
from carmarket.adapters.s3.uploads import upload
from carmarket.core.errors import NotFoundError
from carmarket.ports.blobs import CHUNK, BlobInfo, BlobStore, demand_key


@frozen
class S3BlobStore(BlobStore):
    """A blob's key is its object's. What is put is private; who may read what without a key is the bucket's policy."""

    _bucket: S3Bucket

    async def put(self, key: str, data: bytes | AsyncIterable[bytes], *, content_type: str) -> BlobInfo:
        demand_key(key)
        await self._bucket.make()
        if isinstance(data, bytes):
            await self._bucket.ask("put_object", Key=key, Body=data, ContentType=content_type)
            return BlobInfo(len(data), content_type)
        return BlobInfo(await upload(self._bucket, key, data, content_type=content_type), content_type)

    async def info(self, key: str) -> BlobInfo | None:
        demand_key(key)
        try:
            told = await self._bucket.ask("head_object", Key=key)
        except NotFoundError:
            return None
        return BlobInfo(told["ContentLength"], told["ContentType"])

    async def get(self, key: str) -> bytes | None:
        demand_key(key)
        try:
            return await self._bucket.run(partial(self._whole, key), tries=2)
        except NotFoundError:
            return None

    async def stream(self, key: str) -> AsyncGenerator[bytes, None]:
        demand_key(key)
        body = (await self._bucket.ask("get_object", Key=key))["Body"]
        try:
            while piece := await self._bucket.run(partial(body.read, CHUNK)):
                yield piece
        finally:
            self._bucket.let_go(body)

    async def delete(self, key: str) -> None:
        demand_key(key)
        try:
            await self._bucket.ask("delete_object", Key=key)
        except NotFoundError:
            return

    async def keys(self, prefix: str = "") -> AsyncIterator[str]:
        # Gathered and then sorted: not every store lists in the order of bytes, as Amazon does.
        found, after = list[str](), dict[str, Any]()
        while True:
            try:
                page = await self._bucket.ask("list_objects_v2", Prefix=prefix, **after)
            except NotFoundError:
                break
            found += [one["Key"] for one in page.get("Contents", ())]
            if not page["IsTruncated"]:
                break
            after = {"ContinuationToken": page["NextContinuationToken"]}
        for key in await asyncio.to_thread(sorted, found):
            yield key

    def _whole(self, key: str) -> bytes:
        with closing(self._bucket.client.get_object(Bucket=self._bucket.server.bucket, Key=key)["Body"]) as body:
            whole: bytes = body.read()
        return whole
