"""
Relevance over the demo stock: what people type finds what they mean, on every adapter.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from typing import Any, cast
from uuid import UUID

import pytest
from attrs import evolve

from carmarket.adapters.bitmap import BitmapSearchIndex
from carmarket.adapters.memory import MemoryClock, MemorySearchIndex
from carmarket.core.catalog.car import Car, CarId, SellerId
from carmarket.core.catalog.prices import AskingPrice
from carmarket.core.catalog.rows import plan
from carmarket.core.money import RateTable
from carmarket.core.search.document import Entry, ListingFact
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.words import Word, WordKind
from carmarket.ports.search import SearchIndex
from carmarket.services.search import SearchService
from carmarket.testing.builders import NOW
from tests.indexes import elasticsearch_indexes
from tests.relevance.judge import judged_queries, ndcg

GATE = 0.9
LEAST = 60
RATES = RateTable()


@pytest.fixture(scope="module")
def stock() -> Sequence[Car]:
    """The cars of the demo, as an import reads them."""
    packed = files("carmarket.entrypoints.cli.demo").joinpath("stock.csv.gz").read_bytes()
    header, *rows = csv.reader(io.StringIO(gzip.decompress(packed).decode()))
    planned = plan(header)
    cars = []
    for number, row in enumerate(rows, start=1):
        said = planned.read(row)
        assert said.details is not None
        assert said.price is not None
        cars.append(
            Car(
                id=CarId(UUID(int=number)), version=1, seller=SellerId(UUID(int=1)), vehicle=said.details.vehicle,
                price=AskingPrice.first(said.price, NOW), vin=said.details.vin, odometer=said.details.odometer,
                place=said.details.place, description=said.details.description, published_at=NOW,
            )
        )  # fmt: skip
    return cars


async def service_over(index: SearchIndex, stock: Sequence[Car]) -> SearchService:
    await index.apply([ListingFact(car_id=car.id, version=1, entry=Entry.of(car, RATES)) for car in stock])
    return SearchService(index=index, clock=MemoryClock(NOW), rates=RATES)


async def judge(service: SearchService, stock: Sequence[Car]) -> tuple[float, list[str]]:
    """The mean nDCG@10 of the judged queries, and the nonsense for which something was found."""
    gains, fooled = [], []
    for query in judged_queries():
        found = await service.find(SearchQuery(words=query.text), limit=10)
        if query.nothing:
            fooled += [query.text] if found.page.total else []
        elif query.everything:
            assert found.page.total == len(stock)
        else:
            gains.append(ndcg(query, [hit.car for hit in found.page.hits], stock))
    return sum(gains) / len(gains), fooled


@pytest.fixture(params=["memory", "bitmap", "elasticsearch"])
def make_index(request: pytest.FixtureRequest) -> Callable[[], SearchIndex]:
    if request.param == "elasticsearch":
        return cast("Callable[[], SearchIndex]", request.getfixturevalue("make_elasticsearch"))
    return {"memory": MemorySearchIndex, "bitmap": BitmapSearchIndex}[request.param]


@pytest.fixture
def make_elasticsearch(server_of: Callable[[str], str]) -> Iterator[Callable[[], SearchIndex]]:
    with elasticsearch_indexes(server_of("elasticsearch")) as make:
        yield make


async def test_people_find_what_they_mean_and_nothing_for_nonsense(
    make_index: Callable[[], SearchIndex], stock: Sequence[Car]
) -> None:
    service = await service_over(make_index(), stock)

    mean, fooled = await judge(service, stock)

    assert len(judged_queries()) >= LEAST
    assert mean >= GATE, mean
    assert fooled == []


class TakesWordsLiterally(BitmapSearchIndex):
    """A mutant: neither slips nor half words."""

    async def find(self, query: SearchQuery, **options: Any) -> Any:
        literal = tuple(Word(term.text, WordKind.EXACT) for term in query.terms)
        return await super().find(evolve(query, terms=literal), **options)


async def test_without_typo_handling_the_gate_is_missed(stock: Sequence[Car]) -> None:
    service = await service_over(TakesWordsLiterally(), stock)

    mean, _ = await judge(service, stock)

    assert mean < GATE, mean
