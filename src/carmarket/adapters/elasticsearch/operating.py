"""
What an operator asks of the index: to be made, and what it is.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.adapters.elasticsearch.cluster import Cluster
from carmarket.adapters.elasticsearch.generations import Generations
from carmarket.ports.preparing import Preparation
from carmarket.ports.probe import Probe


@frozen
class ElasticsearchPreparation(Preparation):
    _cluster: Cluster

    async def prepare(self) -> str:
        names = ", ".join(sorted(await Generations(self._cluster).written()))
        return f"index {names}"


@frozen
class ElasticsearchProbe(Probe):
    """The server, and the generation that is searched."""

    _cluster: Cluster

    async def version(self) -> str:
        async with self._cluster.writing() as client:
            told = await client.options(request_timeout=2).info()
        searched = await Generations(self._cluster).current()
        return f"Elasticsearch {told['version']['number']}, {searched or 'no index yet'}"
