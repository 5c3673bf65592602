"""
Search indexes on a genuine server, each under a prefix of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from urllib.request import Request, urlopen
from uuid import uuid4

from carmarket.adapters.elasticsearch import Cluster, ElasticsearchSearchIndex

PATIENCE = 10.0
"""Seconds for a search: these tests ask what is found, on a machine that has much else to do."""


@contextmanager
def elasticsearch_indexes(url: str) -> Iterator[Callable[[], ElasticsearchSearchIndex]]:
    """
    What makes a new, empty index, inside of a running loop.

    The connections end with the loop, which ends its tasks; the indices end with the context.
    """
    name = f"t{uuid4().hex[:12]}"
    numbers = count(1)
    tasks: set[asyncio.Task[None]] = set()

    def make() -> ElasticsearchSearchIndex:
        cluster = Cluster.at(f"{url}/{name}-{next(numbers)}", search_seconds=PATIENCE)
        tasks.add(asyncio.get_running_loop().create_task(_open_until_cancelled(cluster)))
        return ElasticsearchSearchIndex(cluster)

    yield make
    with urlopen(Request(f"http{url.removeprefix('elasticsearch')}/{name}-*", method="DELETE"), timeout=60):
        tasks.clear()


async def _open_until_cancelled(cluster: Cluster) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await cluster.client.indices.delete(index=f"{cluster.prefix}.*")
        await cluster.close()
