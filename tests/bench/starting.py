"""
G14: the start of a large index from its snapshot, beside reading its bytes (the limit) and indexing anew (the peer).
"""

from __future__ import annotations

import asyncio
import mmap
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from uuid import UUID

from carmarket.adapters.bitmap import BitmapSearchIndex, BitmapSnapshots
from carmarket.adapters.bitmap.snapshots import UNCHECKED, _directory
from carmarket.adapters.memory import MemoryClock
from carmarket.core.search.query import SearchQuery
from carmarket.services.search import SearchService
from carmarket.testing.builders import NOW
from tests.bench.clock import goal
from tests.bench.stock import RATES

ROUNDS = 5


def g14(index: BitmapSearchIndex, anew: float) -> dict[str, Any]:
    """`anew` is how long it took to take all cars in, which is what there is without a snapshot."""
    return asyncio.run(_g14(index, anew))


async def _g14(index: BitmapSearchIndex, anew: float) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cars.index"

        async def commit() -> None:
            """There is no database to tell."""

        begun = perf_counter()
        await BitmapSnapshots(index, path).save(UUID(int=1), commit)
        saved = perf_counter() - begun
        ours: list[float] = []
        limit: list[float] = []
        first = 0.0
        for _ in range(ROUNDS):
            begun = perf_counter()
            fresh = BitmapSearchIndex()
            snapshots = BitmapSnapshots(fresh, path)
            assert await snapshots.stored() == (UUID(int=1), index.applied)
            assert await snapshots.load()
            ours.append(perf_counter() - begun)
            service = SearchService(index=fresh, clock=MemoryClock(NOW), rates=RATES)
            found = await service.find(SearchQuery(words="toyota camry"), facets=True)
            first = perf_counter() - begun
            assert found.page.total
            assert len(fresh.table.live) == len(index.table.live)
            begun = perf_counter()
            read_bytes(path)
            limit.append(perf_counter() - begun)
        size = path.stat().st_size
    taken = median(ours)
    return goal(
        ours=taken, limit=median(limit), peer=anew, target="<= 1 s", met=taken <= 1, unit="s", more_is_better=False
    ) | {"cars": len(index.table.live), "first_search_s": first, "save_s": saved, "file_mb": size // 2**20}


def read_bytes(path: Path) -> int:
    """Map the file and copy what an index has to have in memory."""
    directory = _directory(path)
    assert directory is not None
    read = 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        begin = len(mapped) - directory.size
        for name, (at, size, _) in directory.sections.items():
            if name not in UNCHECKED:
                read += len(mapped[begin + at : begin + at + size])
    return read
