"""
Blobs in a dictionary.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator

from attrs import define, field

from carmarket.core.errors import NotFoundError
from carmarket.ports.blobs import CHUNK, BlobInfo, BlobStore, demand_key


@define
class MemoryBlobStore(BlobStore):
    """Bytes and their types under keys."""

    _blobs: dict[str, tuple[bytes, str]] = field(factory=dict)

    async def put(self, key: str, data: bytes | AsyncIterable[bytes], *, content_type: str) -> BlobInfo:
        demand_key(key)
        whole = data if isinstance(data, bytes) else b"".join([piece async for piece in data])
        self._blobs[key] = whole, content_type
        return BlobInfo(len(whole), content_type)

    async def info(self, key: str) -> BlobInfo | None:
        demand_key(key)
        found = self._blobs.get(key)
        return BlobInfo(len(found[0]), found[1]) if found else None

    async def get(self, key: str) -> bytes | None:
        demand_key(key)
        found = self._blobs.get(key)
        return found[0] if found else None

    async def stream(self, key: str) -> AsyncGenerator[bytes, None]:
        whole = await self.get(key)
        if whole is None:
            raise NotFoundError("There is no such blob.", field="key", value=key)
        for start in range(0, len(whole), CHUNK):
            yield whole[start : start + CHUNK]

    async def delete(self, key: str) -> None:
        demand_key(key)
        self._blobs.pop(key, None)

    async def keys(self, prefix: str = "") -> AsyncIterator[str]:
        for key in sorted(key for key in self._blobs if key.startswith(prefix)):
            yield key
