"""Blobs as files in a folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from carmarket.adapters.filesystem.blobs import FileBlobStore
from carmarket.core.errors import InvalidError
from carmarket.ports.blobs import BLOBS
from carmarket.ports.offer import Offer

PREFIX = "file:///"

__all__ = ["FileBlobStore", "offer"]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """
    The folder that the URL names, `file:///photos` or `file:////var/lib/photos`; it is made at the first blob.

    Raises: InvalidError for a URL without a folder, or one that is a file.
    """
    path = Path(url.removeprefix(PREFIX))
    if not url.startswith(PREFIX) or url == PREFIX or await asyncio.to_thread(path.is_file):
        raise InvalidError("A file URL names a folder.", field="url", value=url, expected="file:///photos")

    async def blobs() -> FileBlobStore:
        return FileBlobStore(path)

    yield Offer({BLOBS.name: blobs})
