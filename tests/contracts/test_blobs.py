"""
Blobs in memory and in files.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from carmarket.adapters.filesystem import FileBlobStore
from carmarket.adapters.memory import MemoryBlobStore
from carmarket.ports.blobs import BlobStore
from carmarket.testing.contracts.blobs import BlobStoreContract


class TestMemoryBlobStore(BlobStoreContract):
    @pytest.fixture
    def blobs(self) -> BlobStore:
        return MemoryBlobStore()


class TestFileBlobStore(BlobStoreContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> BlobStore:
        return FileBlobStore(tmp_path / "blobs")
