"""
Which saved searches find a car: queries are registered, and documents are put before them in batches.

The queries are those of `queries.py`, so what a search finds and what it is told of are the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attrs import frozen
from elasticsearch import BadRequestError

from carmarket.adapters.elasticsearch.cluster import Cluster
from carmarket.adapters.elasticsearch.mapping import FIELDS, SETTINGS, fields_of
from carmarket.adapters.elasticsearch.queries import query_of
from carmarket.core.errors import UnavailableError
from carmarket.core.search.document import SearchDocument
from carmarket.core.search.query import SearchQuery

MAPPINGS: Mapping[str, Any] = {
    "dynamic": "strict",
    "properties": {**FIELDS, "search": {"type": "keyword"}, "query": {"type": "percolator"}},
}
PAGE = 1_000


@frozen
class ElasticsearchMatcher:
    """Names of searches and their queries; a search is matched against once `register` has returned."""

    _cluster: Cluster

    async def register(self, searches: Mapping[str, SearchQuery]) -> None:
        """Keep the queries under their names, in place of what was kept there."""
        await self._demand_index()
        operations: list[Mapping[str, Any]] = []
        for name, query in searches.items():
            query.demand_read()
            operations += [{"index": {"_id": name}}, {"search": name, "query": query_of(query)}]
        await self._write(operations)

    async def forget(self, names: Collection[str]) -> None:
        """What is not there is forgotten already."""
        await self._demand_index()
        await self._write([{"delete": {"_id": name}} for name in names])

    async def matching(self, documents: Sequence[SearchDocument]) -> Sequence[frozenset[str]]:
        """Of each document the names of exactly the searches whose query matches it."""
        found: list[set[str]] = [set() for _ in documents]
        asked = {"percolate": {"field": "query", "documents": [fields_of(document) for document in documents]}}
        behind: dict[str, Any] = {}
        while documents:
            async with self._cluster.writing() as client:
                answer = await client.search(
                    index=self._index, query={"bool": {"filter": [asked]}}, sort=[{"search": "asc"}], size=PAGE,
                    source=False, allow_partial_search_results=False, ignore_unavailable=True, **behind,
                )  # fmt: skip
            hits = answer["hits"]["hits"]
            for hit in hits:
                for slot in hit["fields"]["_percolator_document_slot"]:
                    found[slot].add(hit["_id"])
            if len(hits) < PAGE:
                break
            behind = {"search_after": hits[-1]["sort"]}
        return tuple(map(frozenset, found))

    @property
    def _index(self) -> str:
        return f"{self._cluster.prefix}.searches"

    async def _write(self, operations: Sequence[Mapping[str, Any]]) -> None:
        if operations:
            async with self._cluster.writing() as client:
                answer = await client.bulk(index=self._index, operations=operations, refresh=True)
            wrong = [one for item in answer["items"] for one in item.values() if "error" in one]
            if wrong:
                raise UnavailableError(f"The search index did not take a query: {wrong[0]['error']['type']}.")

    async def _demand_index(self) -> None:
        async with self._cluster.writing() as client:
            if await client.indices.exists(index=self._index):
                return
            try:
                await client.indices.create(index=self._index, mappings=MAPPINGS, settings=SETTINGS)
            except BadRequestError as wrong:
                if wrong.error != "resource_already_exists_exception":
                    raise
