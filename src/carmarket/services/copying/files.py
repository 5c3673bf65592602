"""
Moving photos and files.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256

from attrs import frozen

from carmarket.services.copying.subjects import Subject
from carmarket.services.stock import Stock


@frozen
class Stored:
    """A blob, as far as it has to be the same."""

    key: str
    content_type: str
    size: int
    """Bytes that were read."""
    digest: str
    """SHA-256 of them."""


@frozen
class Files(Subject):
    """One after the other, and never a whole one in memory."""

    @property
    def name(self) -> str:
        return "photos and files"

    async def records(self, stock: Stock) -> AsyncIterator[object]:
        async for key in stock.blobs.keys():
            info = await stock.blobs.info(key)
            if info is not None:
                digest, size = sha256(), 0
                async for piece in stock.blobs.stream(key):
                    digest.update(piece)
                    size += len(piece)
                yield Stored(key, info.content_type, size, digest.hexdigest())

    async def move(self, source: Stock, target: Stock) -> None:
        async for key in source.blobs.keys():
            info = await source.blobs.info(key)
            # A put is atomic, so what is there with this size and type was copied to its end.
            if info is not None and await target.blobs.info(key) != info:
                await target.blobs.put(key, source.blobs.stream(key), content_type=info.content_type)
