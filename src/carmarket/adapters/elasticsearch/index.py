"""
The search index of many machines, in Elasticsearch.

What `apply` took in can be found when it returns, by whoever asks: it ends with an explicit refresh of what it wrote to
(13 ms measured, and 0.9 s for `refresh=wait_for`, which waits for the interval of a second). A generation that is being
built is refreshed too, for it may be searched the moment after. The scan of a rebuild is refreshed once, at its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen
from elasticsearch import NotFoundError

from carmarket.adapters.elasticsearch.cluster import SEARCH_SECONDS, Cluster
from carmarket.adapters.elasticsearch.facets import facets_of, request_of
from carmarket.adapters.elasticsearch.generations import Generations
from carmarket.adapters.elasticsearch.mapping import POSITION, Source, car_of, document_of, point_of
from carmarket.adapters.elasticsearch.ordering import Answered, by_distance, by_number
from carmarket.adapters.elasticsearch.queries import query_of
from carmarket.adapters.elasticsearch.relevance import by_relevance
from carmarket.adapters.elasticsearch.suggestions import known_of, known_request, suggest_request, suggestions_of
from carmarket.adapters.elasticsearch.writing import GenerationGoneError, Merge, Writer, merges_of, reaching
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import UnavailableError
from carmarket.core.search.document import Fact, SearchDocument, Suggestion
from carmarket.core.search.page import Cursor, Hit, Page
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.core.search.reading import Known
from carmarket.ports.search import Rebuilt, SearchIndex

SHOWN = ["id", "entry", "point"]


@frozen
class ElasticsearchSearchIndex(SearchIndex):
    """Nothing is remembered here, so any number of processes can search and write."""

    _cluster: Cluster
    _generations: Generations = field(init=False)
    _writer: Writer = field(init=False)

    @_generations.default
    def _its_generations(self) -> Generations:
        return Generations(self._cluster)

    @_writer.default
    def _its_writer(self) -> Writer:
        return Writer(self._cluster)

    @property
    def is_shared(self) -> bool:
        return True

    async def apply(self, facts: Sequence[Fact], *, position: int | None = None) -> None:
        written = await self._write(merges_of(facts))
        if written:
            await self._refresh(",".join(sorted(written)))
        if position is not None:
            await self._write(reaching(position))

    async def position(self) -> int:
        async with self._cluster.searching():
            return await self._position()

    async def get(self, car_id: CarId) -> SearchDocument | None:
        async with self._cluster.searching():
            source = await self._source(str(car_id))
        return None if source is None else document_of(car_id, source)

    async def find(
        self,
        query: SearchQuery,
        *,
        now: datetime,
        after: Cursor | None = None,
        limit: int = 20,
        facets: bool = False,
    ) -> Page:
        query.demand_read()
        async with self._cluster.searching():
            found = await self._found(query, now=now, after=after, limit=limit, facets=facets)
        return Page(
            hits=tuple(_hit(source, query) for source in found.shown),
            total=found.answer["hits"]["total"]["value"],
            facets=facets_of(found.answer) if facets else None,
            next=found.next,
        )

    async def known(self, words: Collection[str]) -> Known:
        asked = list(dict.fromkeys(words))
        if not asked:
            return Known()
        return known_of(asked, await self._asked(known_request(asked)))

    async def suggest(self, words: Sequence[str], *, limit: int = 10) -> Sequence[Suggestion]:
        return suggestions_of(words, await self._asked(suggest_request(words, limit)), limit) if words else ()

    async def rebuild(self, facts: AsyncIterable[Sequence[Fact]], *, position: int) -> Rebuilt:
        fresh = await self._generations.begin()
        surplus = frozenset({fresh})
        read, cars = 0, set[CarId]()
        try:
            async for batch in facts:
                await self._writer.write(f"{fresh}.write", merges_of(batch))
                read += len(batch)
                cars.update(fact.car_id for fact in batch)
            surplus = await self._take_over(fresh, len(cars), position)
        except GenerationGoneError:
            # Another rebuild that ended earlier has taken over, with all that the catalog had; this one is not needed.
            surplus = frozenset()
        finally:
            await self._generations.remove(surplus)
        return Rebuilt(facts=read, cars=await self._count(self._generations.searched, query_of(SearchQuery())))

    async def _take_over(self, fresh: str, cars: int, position: int) -> frozenset[str]:
        """Search the new generation if it holds all cars that were read; what is to be removed then."""
        await self._refresh(fresh)
        held = await self._count(fresh, {"exists": {"field": "version"}})
        if held < cars:
            raise UnavailableError(f"The new index holds {held} of {cars} cars; the old one stays.")
        async with self._cluster.writing():
            reached = max(position, await self._position())
        await self._writer.write(f"{fresh}.write", reaching(reached))
        surplus = await self._generations.switch(fresh)
        # Whoever began to search the old generation has ended by then, one way or the other.
        await asyncio.sleep(SEARCH_SECONDS)
        return surplus

    async def _write(self, merges: Mapping[str, Merge]) -> frozenset[str]:
        """
        Into every generation that is registered; their aliases.

        Who registers one is looked for again afterwards: a rebuild that began meanwhile gets what it did not read.
        """
        done = frozenset[str]()
        while merges and (missing := await self._generations.written() - done):
            for alias in sorted(missing):
                try:
                    await self._writer.write(alias, merges)
                except GenerationGoneError:
                    continue  # who took over is registered, so the next look finds it
            done |= missing
        return done

    async def _found(
        self, query: SearchQuery, *, now: datetime, after: Cursor | None, limit: int, facets: bool
    ) -> Answered:
        client, index = self._cluster.client, self._generations.searched
        said = {
            "index": index,
            "ignore_unavailable": True,
            "allow_partial_search_results": False,
            "track_total_hits": True,
            "source_includes": SHOWN,
            **(request_of(query) if facets else {"query": query_of(query)}),
        }
        if query.sort is Sort.RELEVANCE:
            return await by_relevance(client, index, said, query, now=now, after=after, limit=limit)
        if query.sort is Sort.DISTANCE:
            assert query.near is not None
            return await by_distance(client, said, query.near.point, after, limit)
        return await by_number(client, said, query.sort, after, limit)

    async def _asked(self, said: dict[str, Any]) -> Mapping[str, Any]:
        async with self._cluster.searching() as client:
            answer = await client.search(
                index=self._generations.searched, ignore_unavailable=True, allow_partial_search_results=False, **said
            )
        return dict(answer.body)

    async def _source(self, name: str) -> Source | None:
        """What is stored under the id, as it is this moment."""
        try:
            answer = await self._cluster.client.get(index=self._generations.searched, id=name)
        except NotFoundError:
            return None
        source: Source = answer["_source"]
        return source

    async def _position(self) -> int:
        return int((await self._source(POSITION) or {}).get("position", 0))

    async def _refresh(self, index: str) -> None:
        async with self._cluster.writing() as client:
            await client.indices.refresh(index=index, ignore_unavailable=True)

    async def _count(self, index: str, query: dict[str, Any]) -> int:
        async with self._cluster.writing() as client:
            return int((await client.count(index=index, query=query, ignore_unavailable=True))["count"])


def _hit(source: Source, query: SearchQuery) -> Hit:
    point = point_of(source)
    distance = int(query.near.point.distance_m(point)) if query.near and point else None
    return Hit(car=car_of(source), distance_m=distance)
