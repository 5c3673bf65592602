"""
What a small index never does: buckets instead of values, cells instead of points, the best of many instead of all.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from carmarket.adapters.bitmap import BitmapSearchIndex, BitmapSnapshots, choices, numbers, ordering, relevance, scoring
from carmarket.adapters.memory import MemorySearchIndex
from carmarket.core.money import Money
from carmarket.core.place import Point
from carmarket.core.search.document import ListingFact
from carmarket.core.search.page import Page
from carmarket.core.search.query import Near, Range, SearchQuery, Sort
from carmarket.core.search.relevance import score
from carmarket.core.search.words import Word, WordKind
from carmarket.testing.builders import NOW
from tests.bench.stock import facts

CARS = 12_000
BOUNDS = [(numbers, "FEW"), (ordering, "FEW"), (relevance, "FEW"), (scoring, "MANY"), (choices, "FEW_VALUES")]
"""Below these the index takes the short way; they are lowered, so that some thousand cars are many."""
MIAMI, DATE_LINE = Point(25.76, -80.19), Point(51.9, 179.9)
QUERIES = [
    SearchQuery(sort=Sort.NEWEST),
    SearchQuery(sort=Sort.PRICE),
    SearchQuery(sort=Sort.PRICE_DESCENDING, price=Range(500_000, 9_000_000)),
    SearchQuery(sort=Sort.YEAR, year=Range(2010, 2025)),
    SearchQuery(sort=Sort.YEAR_DESCENDING, odometer=Range(high=120_000_000)),
    SearchQuery(sort=Sort.ODOMETER, power=Range(100_000)),
    SearchQuery(sort=Sort.ODOMETER_DESCENDING, terms=(Word("automatic"),)),
    SearchQuery(sort=Sort.DISTANCE, near=Near(MIAMI, 3_000_000)),
    SearchQuery(sort=Sort.DISTANCE, near=Near(MIAMI, 60_000)),
    SearchQuery(sort=Sort.DISTANCE, near=Near(MIAMI, 20_100_000)),
    SearchQuery(sort=Sort.DISTANCE, near=Near(DATE_LINE, 6_000_000)),
    SearchQuery(sort=Sort.PRICE, near=Near(MIAMI, 1_000_000), features=["bluetooth"]),
    SearchQuery(terms=(Word("automatic"),)),
    SearchQuery(terms=(Word("toyota"), Word("automatic"))),
    SearchQuery(terms=(Word("autmatic", WordKind.FUZZY), Word("blu", WordKind.PREFIX))),
]


async def the_same(ours: BitmapSearchIndex, law: MemorySearchIndex, query: SearchQuery, *, facets: bool) -> None:
    """The first pages of both, their totals and facets."""
    walks: list[list[Page]] = []
    for index in (ours, law):
        walks.append([await index.find(query, now=NOW, limit=100, facets=facets)])
        while len(walks[-1]) < 3 and (after := walks[-1][-1].next) is not None:
            walks[-1].append(await index.find(query, now=NOW, limit=100, after=after))
    for one, other in zip(*walks, strict=True):
        assert one.total == other.total
        assert one.facets == other.facets
        if query.sort is Sort.RELEVANCE:
            continue
        assert [hit.car.id for hit in one.hits] == [hit.car.id for hit in other.hits]
        assert [hit.distance_m for hit in one.hits] == [hit.distance_m for hit in other.hits]


@pytest.fixture(autouse=True)
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in BOUNDS:
        monkeypatch.setattr(module, name, 500)
    monkeypatch.setattr(choices, "HITS_A_VALUE", 0)


@pytest.fixture(scope="module")
def both() -> tuple[BitmapSearchIndex, MemorySearchIndex]:
    """The same cars in both indexes, of which some have changed or gone."""
    ours, law = BitmapSearchIndex(), MemorySearchIndex()
    rng = Random(3)

    async def fill() -> None:
        for batch in facts(CARS):
            await ours.apply(batch)
            await law.apply(batch)
            changed = [_changed(fact, rng) for fact in rng.sample(batch, 400)]
            await ours.apply(changed)
            await law.apply(changed)

    asyncio.run(fill())
    return ours, law


def _changed(fact: ListingFact, rng: Random) -> ListingFact:
    assert fact.entry is not None
    if rng.random() < 0.3:
        return ListingFact(car_id=fact.car_id, version=2, entry=None)
    price = Money(rng.randrange(1_000, 90_000) * 100, "USD")
    point = None if rng.random() < 0.3 else Point(rng.uniform(-80, 80), rng.uniform(-180, 180))
    entry = evolve(fact.entry, price=None if rng.random() < 0.2 else price.amount, point=point)
    return ListingFact(car_id=fact.car_id, version=2, entry=entry)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(QUERIES)))
async def test_many_cars_are_found_counted_and_ordered_like_few(both, number):
    ours, law = both
    await the_same(ours, law, QUERIES[number], facets=number % 4 == 0)


@pytest.mark.slow
async def test_by_relevance_the_best_of_many_come_first(both):
    ours, law = both
    for query in QUERIES[-3:]:
        pages = [await index.find(query, now=NOW, limit=100) for index in both]
        rarities = law._rarities(query.terms)
        scores = [
            [score(law._documents[hit.car.id].entry, query.terms, rarities, NOW) for hit in page.hits] for page in pages
        ]

        assert pages[0].total > 4_000 or len(query.terms) > 1
        for one, other in zip(*scores, strict=True):
            assert one == pytest.approx(other, abs=1e-4)
    assert ours.table.cars.count == CARS


@pytest.mark.slow
async def test_a_walk_by_relevance_through_many_sees_each_once(both):
    ours, _ = both
    query = QUERIES[-3]
    seen: list[Any] = []
    page = await ours.find(query, now=NOW, limit=100)
    while True:
        seen += [hit.car.id for hit in page.hits]
        if page.next is None:
            break
        page = await ours.find(query, now=NOW, limit=100, after=page.next)

    assert len(seen) == len(set(seen)) == page.total


@pytest.mark.slow
async def test_many_cars_come_back_from_a_snapshot(both, tmp_path):
    ours, law = both

    async def commit() -> None:
        """There is no database to tell."""

    await BitmapSnapshots(ours, tmp_path / "cars.index").save(UUID(int=1), commit)
    loaded = BitmapSearchIndex()
    assert await BitmapSnapshots(loaded, tmp_path / "cars.index").load()

    for query in QUERIES[:4]:
        await the_same(loaded, law, query, facets=True)


def test_what_a_dead_process_left_is_swept_and_what_another_writes_is_left_alone(tmp_path: Path):
    old, young = (tmp_path / f"cars.index.{name}.unfinished" for name in ("dead", "busy"))
    for left in (old, young):
        left.write_bytes(b"half")
    os.utime(old, (time.time() - 7_200,) * 2)

    async def commit() -> None:
        """There is no database to tell."""

    asyncio.run(BitmapSnapshots(BitmapSearchIndex(), tmp_path / "cars.index").save(UUID(int=1), commit))

    assert sorted(file.name for file in tmp_path.iterdir()) == ["cars.index", young.name]
