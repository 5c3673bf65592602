"""
The percolator finds exactly the searches whose query matches, on random queries and cars.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carmarket.adapters.elasticsearch import Cluster
from carmarket.adapters.elasticsearch.matching import ElasticsearchMatcher
from carmarket.core.search.document import Fact
from carmarket.core.search.query import SearchQuery
from carmarket.testing.contracts.search import a_fact, documents_of
from carmarket.testing.strategies import histories, queries

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def test_exactly_the_searches_that_match_are_found(server_of: Callable[[str], str]) -> None:
    url = server_of("elasticsearch")

    @settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
    @given(histories(most=30), st.lists(queries(), min_size=10, max_size=30))
    def holds(facts: list[Fact], asked: list[SearchQuery]) -> None:
        asyncio.run(demand_exact(url, facts, dict(enumerate(asked))))

    holds()


async def demand_exact(url: str, facts: list[Fact], asked: dict[int, SearchQuery]) -> None:
    cluster = Cluster.at(f"{url}/t{uuid4().hex[:12]}")
    matcher = ElasticsearchMatcher(cluster)
    documents = list(documents_of(facts).values())
    try:
        await matcher.register({str(number): query for number, query in asked.items()})
        found = await matcher.matching(documents)
        await matcher.forget(["0"])
        later = await matcher.matching(documents)

        for document, names, without in zip(documents, found, later, strict=True):
            assert names == {str(number) for number, query in asked.items() if query.matches(document)}
            assert without == names - {"0"}
    finally:
        await cluster.client.indices.delete(index=f"{cluster.prefix}.searches")
        await cluster.close()


async def test_where_nothing_was_registered_nothing_is_found(server_of: Callable[[str], str]) -> None:
    cluster = Cluster.at(f"{server_of('elasticsearch')}/t{uuid4().hex[:12]}")
    try:
        matcher = ElasticsearchMatcher(cluster)

        assert await matcher.matching(list(documents_of([a_fact()]).values())) == (frozenset(),)
        assert await matcher.matching([]) == ()
    finally:
        await cluster.close()
