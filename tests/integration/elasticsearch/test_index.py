"""
What only an index on a server has: several writers, rebuilds that others write into, and a server that is silent.

It is long, for writers, rebuilds and silence are tried on one index.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from carmarket.adapters.elasticsearch import Cluster, ElasticsearchSearchIndex, offer
from carmarket.adapters.elasticsearch.mapping import body_of
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import InvalidError, UnavailableError
from carmarket.core.money import Money
from carmarket.core.period import Period
from carmarket.core.place import Place, Point
from carmarket.core.search.document import BookingFact, Entry, Fact, ListingFact, SearchDocument
from carmarket.core.search.query import Near, SearchQuery, Sort
from carmarket.core.search.words import Word
from carmarket.ports.search import SEARCH
from carmarket.testing.builders import NOW, a_published
from carmarket.testing.contracts.search import a_fact, documents_of
from carmarket.testing.strategies import RATES
from tests.indexes import elasticsearch_indexes
from tests.servers import elasticsearch as server
from tests.servers.processes import CannotBeHadError

ALL = SearchQuery(sort=Sort.NEWEST)
Make = Callable[[], ElasticsearchSearchIndex]


@pytest.fixture
def make_index(server_of: Callable[[str], str]) -> Any:
    with elasticsearch_indexes(server_of("elasticsearch")) as make:
        yield make


def again(index: ElasticsearchSearchIndex) -> ElasticsearchSearchIndex:
    """The same index as another process has it: nothing is shared but the server."""
    return ElasticsearchSearchIndex(index._cluster)


def history(rng: Random, cars: int) -> list[Fact]:
    """Every car is published, repriced, booked and called off; half of them are sold."""
    facts: list[Fact] = []
    for number in range(1, cars + 1):
        listing = a_published(number).state
        for step in range(3):
            listing = listing.reprice(Money(1_000 + step, "USD"), now=NOW).state
            facts.append(_told(listing))
        if rng.random() < 0.5:
            facts.append(_told(listing.sell(now=NOW).state))
        period = Period(NOW, NOW + timedelta(days=1))
        facts += [
            BookingFact(
                car_id=CarId(listing.id), booking_id=UUID(int=7), version=version, period=period, blocks=version == 1
            )
            for version in (1, 2)
        ]
    return facts


def _told(listing: Any) -> ListingFact:
    entry = Entry.of(listing.public, RATES) if listing.public else None
    return ListingFact(car_id=CarId(listing.id), version=listing.version, entry=entry)


async def differing(index: ElasticsearchSearchIndex, facts: Sequence[Fact]) -> int:
    """Documents that are not what the facts amount to."""
    expected = documents_of(facts)
    return sum([await index.get(car_id) != document for car_id, document in expected.items()])


async def shuffled_to(writers: Sequence[ElasticsearchSearchIndex], facts: Sequence[Fact], rng: Random) -> None:
    """Every fact to every writer, in an order of its own, all at the same time."""

    async def write(writer: ElasticsearchSearchIndex, told: list[Fact]) -> None:
        rng.shuffle(told)
        for at in range(0, len(told), 40):
            await writer.apply(told[at : at + 40], position=at + 1)

    await asyncio.gather(*(write(writer, list(facts)) for writer in writers))


@pytest.mark.promise("R8")
async def test_writers_at_the_same_time_come_to_the_same_documents(make_index: Make, record_property: Any) -> None:
    index, rng = make_index(), Random(8)
    facts = history(rng, 60)
    record_property("on", "elasticsearch")
    record_property("figure", f"3 writers, {len(facts)} facts each, 0 of 60 documents differ")

    await shuffled_to([index, again(index), again(index)], facts, rng)

    assert await differing(index, facts) == 0
    assert await index.position() == max(range(1, len(facts) + 1, 40))


class Unversioned(ElasticsearchSearchIndex):
    """A mutant: whatever comes last counts."""

    async def apply(self, facts: Sequence[Fact], *, position: int | None = None) -> None:
        def last(fact: Fact) -> Any:
            return lambda stored: body_of(SearchDocument(car_id=fact.car_id).applied(fact))

        for fact in facts:
            await self._write({str(fact.car_id): last(fact)})


@pytest.mark.mutant("R8")
async def test_writers_without_versions_differ(make_index: Make) -> None:
    index, rng = make_index(), Random(8)
    facts = history(rng, 5)
    mutant = Unversioned(index._cluster)

    await shuffled_to([mutant, Unversioned(index._cluster)], facts, rng)

    assert await differing(index, facts) > 0


Rebuild = Callable[[ElasticsearchSearchIndex, AsyncIterator[Sequence[Fact]]], Awaitable[object]]
CARS = 300


async def least_found(index: ElasticsearchSearchIndex, rebuild: Rebuild) -> tuple[int, int, int]:
    """How few cars a search found during the rebuild; how many there were at the end, and how many there should be."""
    await index.apply([a_fact(number) for number in range(1, CARS + 1)], position=1)
    writer, written = again(index), CARS

    async def scan() -> AsyncIterator[Sequence[Fact]]:
        """As the catalog is when the scan begins; what is written later comes by `apply` alone."""
        last = written
        for start in range(1, last + 1, 50):
            yield [a_fact(number) for number in range(start, min(start + 50, last + 1))]
            await asyncio.sleep(0.05)

    rebuilding = asyncio.ensure_future(rebuild(index, scan()))
    totals = []
    while not rebuilding.done():
        written += 1
        await writer.apply([a_fact(written)], position=written)
        totals.append((await writer.find(ALL, now=NOW, limit=1)).total)
    await rebuilding
    return min(totals), (await index.find(ALL, now=NOW, limit=1)).total, written


@pytest.mark.promise("R10")
async def test_a_rebuild_that_others_write_into_is_never_empty_and_loses_nothing(
    make_index: Make, record_property: Any
) -> None:
    index = make_index()

    least, found, written = await least_found(index, lambda index, scan: index.rebuild(scan, position=1))

    record_property("on", "elasticsearch")
    record_property("figure", f"rebuild of {CARS} cars, the least found {least}, {found} of {written} at the end")
    assert least > CARS
    assert found == written
    assert await index.position() == written
    assert len(await index._generations._numbers()) == 1


@pytest.mark.mutant("R10")
async def test_a_rebuild_that_removes_the_old_index_first_is_empty(make_index: Make) -> None:
    async def eager(index: ElasticsearchSearchIndex, scan: AsyncIterator[Sequence[Fact]]) -> None:
        fresh = await index._generations.begin()
        await index._generations.remove(await index._generations.switch(fresh))
        async for batch in scan:
            await index.apply(batch)

    least, _, _ = await least_found(make_index(), eager)

    assert least < CARS


async def test_a_rebuild_that_fails_leaves_the_old_index(make_index: Make) -> None:
    index = make_index()
    await index.apply([a_fact(1)], position=3)

    async def scan() -> AsyncIterator[Sequence[Fact]]:
        yield [a_fact(2)]
        raise UnavailableError("The catalog does not answer.")

    with pytest.raises(UnavailableError):
        await index.rebuild(scan(), position=9)

    assert ((await index.find(ALL, now=NOW)).total, await index.position()) == (1, 3)
    assert await index._generations._numbers() == {1}


async def test_of_two_rebuilds_the_one_that_ends_first_counts(make_index: Make) -> None:
    index = make_index()
    await index.apply([a_fact(1)])

    async def scan(pause: float) -> AsyncIterator[Sequence[Fact]]:
        for number in (1, 2, 3):
            yield [a_fact(number)]
            await asyncio.sleep(pause)

    told = await asyncio.gather(index.rebuild(scan(0.0), position=1), again(index).rebuild(scan(0.4), position=1))

    assert [one.cars for one in told] == [3, 3]
    assert len(await index._generations._numbers()) == 1


async def test_very_many_cars_in_one_place_are_paged_by_id(make_index: Make) -> None:
    index = make_index()
    place = Place(point=Point(50.0, 8.0))
    await index.apply([a_fact(number, place=place) for number in range(1, 181)])
    query = SearchQuery(near=Near(Point(50.0, 8.1), 50_000), sort=Sort.DISTANCE)

    seen, page = [], None
    while page is None or page.next is not None:
        page = await index.find(query, now=NOW, limit=70, after=page.next if page else None)
        seen += [hit.car.id.int for hit in page.hits]

    assert seen == sorted(seen)
    assert len(seen) == page.total == 180


# The server's process is its group's affair, which `stop` ends; nobody waits for the object that started it.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <function Popen:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
async def test_a_silent_server_is_unavailable_within_half_a_second(tmp_path: Path) -> None:
    try:
        frozen = server.start(tmp_path)
    except CannotBeHadError as missing:
        pytest.skip(str(missing))
    try:
        async with offer(f"{frozen.url}/cars") as offered:
            index = await offered.get(SEARCH)
            assert isinstance(index, ElasticsearchSearchIndex)
            await index.apply([a_fact(1)])
            warm = ElasticsearchSearchIndex(Cluster(client=index._cluster.client, prefix="cars", search_seconds=10))
            words = SearchQuery(terms=(Word("golf"),))
            before = await warm.find(words, now=NOW, facets=True)
            os.killpg(frozen.pid, signal.SIGSTOP)
            took = []
            for ask in (
                lambda: index.find(ALL, now=NOW),
                lambda: index.find(words, now=NOW, facets=True),
                lambda: index.known(["golf"]),
                lambda: index.suggest(["golf"]),
                lambda: index.get(CarId(UUID(int=1))),
            ):
                began = time.monotonic()
                with pytest.raises(UnavailableError):
                    await ask()
                took.append(time.monotonic() - began)
            os.killpg(frozen.pid, signal.SIGCONT)

            assert before.total == 1
            assert max(took) < 0.5
            assert (await warm.find(ALL, now=NOW)).total == 1
    finally:
        os.killpg(frozen.pid, signal.SIGCONT)
        frozen.stop()


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    async with offer("elasticsearch://127.0.0.1:1/cars") as offered:
        index = await offered.get(SEARCH)

        with pytest.raises(UnavailableError):
            await index.find(ALL, now=NOW)
        with pytest.raises(UnavailableError):
            await index.apply([a_fact(1)])


@pytest.mark.parametrize(
    "url",
    [
        "elasticsearch://", "elasticsearch://host/a.b", "elasticsearch://host/Cars", "elasticsearch://host?tls=maybe",
        "elasticsearch://host?else=1", "http://host/cars", "elasticsearch://host:port/cars",
    ],
)  # fmt: skip
def test_a_url_that_names_no_server_or_no_prefix_is_refused(url: str) -> None:
    with pytest.raises(InvalidError):
        Cluster.at(url)
