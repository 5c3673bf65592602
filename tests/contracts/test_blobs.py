"""
Blobs in memory, in files and in a bucket.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from carmarket.adapters.filesystem import FileBlobStore
from carmarket.adapters.memory import MemoryBlobStore
from carmarket.adapters.s3 import offer as s3_offer
from carmarket.ports.blobs import BLOBS, BlobStore
from carmarket.testing.contracts.blobs import BlobStoreContract


class TestMemoryBlobStore(BlobStoreContract):
    @pytest.fixture
    def blobs(self) -> BlobStore:
        return MemoryBlobStore()


class TestFileBlobStore(BlobStoreContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> BlobStore:
        return FileBlobStore(tmp_path / "blobs")


class TestS3BlobStore(BlobStoreContract):
    @pytest.fixture
    async def blobs(self, server_of: Callable[[str], str]) -> AsyncIterator[BlobStore]:
        url = server_of("s3").replace("/carmarket?", f"/blobs-{uuid4()}?")
        async with s3_offer(url) as offered:
            yield await offered.get(BLOBS)
