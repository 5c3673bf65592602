"""Search in the memory of one process, by bitmaps (see docs/adr/0005)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from carmarket.adapters.bitmap.index import BitmapSearchIndex
from carmarket.adapters.bitmap.snapshots import BitmapSnapshots
from carmarket.core.errors import InvalidError
from carmarket.ports.offer import Offer
from carmarket.ports.search import SEARCH, SNAPSHOTS

PREFIX = "bitmap:///"

__all__ = ["BitmapSearchIndex", "BitmapSnapshots", "offer"]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """
    An index that is put into the file that the URL names: `bitmap:///garage.index`.

    Raises: InvalidError for a URL without a file.
    """
    if not url.startswith(PREFIX) or url == PREFIX:
        raise InvalidError("A bitmap URL names a file.", field="url", value=url, expected="bitmap:///garage.index")
    index = BitmapSearchIndex()

    async def search() -> BitmapSearchIndex:
        return index

    async def snapshots() -> BitmapSnapshots:
        return BitmapSnapshots(index, Path(url.removeprefix(PREFIX)))

    yield Offer({SEARCH.name: search, SNAPSHOTS.name: snapshots})
