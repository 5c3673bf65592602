"""Search in Elasticsearch (see docs/adr/0022)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from carmarket.adapters.elasticsearch.cluster import Cluster
from carmarket.adapters.elasticsearch.index import ElasticsearchSearchIndex
from carmarket.adapters.elasticsearch.operating import ElasticsearchPreparation, ElasticsearchProbe
from carmarket.ports.offer import Offer
from carmarket.ports.preparing import PREPARATION
from carmarket.ports.probe import PROBE
from carmarket.ports.search import SEARCH

__all__ = ["Cluster", "ElasticsearchSearchIndex", "offer"]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """
    The index that the URL names: `elasticsearch://user:password@host:9200/prefix?tls=true`.

    Nothing is connected to until the first use. The prefix is what its indices and aliases begin with.

    Raises: InvalidError for a URL that names no server.
    """
    cluster = Cluster.at(url)

    async def search() -> ElasticsearchSearchIndex:
        return ElasticsearchSearchIndex(cluster)

    async def preparation() -> ElasticsearchPreparation:
        return ElasticsearchPreparation(cluster)

    async def probe() -> ElasticsearchProbe:
        return ElasticsearchProbe(cluster)

    try:
        yield Offer({SEARCH.name: search, PREPARATION.name: preparation, PROBE.name: probe})
    finally:
        await cluster.close()
