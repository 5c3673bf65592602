"""
R8, R14: an index under facts in any order, and under writes while somebody pages.

It is long, for each promise stands beside its mutant.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from carmarket.adapters.bitmap import BitmapSearchIndex
from carmarket.adapters.memory import (
    MemorySearchIndex,
)
from carmarket.core.catalog.car import CarId
from carmarket.core.catalog.vehicle import Odometer, Vehicle
from carmarket.core.money import Money, RateTable
from carmarket.core.period import Period
from carmarket.core.place import Place, Point
from carmarket.core.search.document import BookingFact, Entry, Fact, ListingFact, SearchDocument
from carmarket.core.search.page import Page
from carmarket.core.search.query import Near, SearchQuery, Sort
from carmarket.ports.search import SearchIndex
from carmarket.testing.builders import NOW, a_published

FULL = os.environ.get("CARMARKET_FULL") == "1"
RATES = RateTable()
KINDS = [MemorySearchIndex, BitmapSearchIndex]


def car_number(number: int, rng: Random) -> Any:
    """A published listing whose facts are drawn from few values."""
    said = a_published(
        number,
        now=NOW - timedelta(hours=rng.randrange(500)),
        price=Money(rng.randrange(1_000, 30_000) * 100, "USD"),
        vehicle=Vehicle(make=rng.choice(["Ford", "Mazda"]), model="X", model_year=rng.choice([None, 2018, 2019, 2020])),
        odometer=rng.choice([None, Odometer(rng.randrange(200_000))]),
        place=Place(point=Point(rng.choice([50.0, 50.01, 50.2]), rng.choice([8.0, 8.01, 8.3]))),
    )
    return said.state


def fact_of(listing: Any) -> ListingFact:
    entry = Entry.of(listing.public, RATES) if listing.public else None
    return ListingFact(car_id=CarId(listing.id), version=listing.version, entry=entry)


# R8


def history(rng: Random, cars: int) -> list[Fact]:
    """Every car is published, repriced, sold, and booked meanwhile."""
    facts: list[Fact] = []
    for number in range(1, cars + 1):
        listing = car_number(number, rng)
        facts.append(fact_of(listing))
        for step in range(rng.randrange(3)):
            listing = listing.reprice(Money(1_000 + step, "USD"), now=NOW).state
            facts.append(fact_of(listing))
        if rng.random() < 0.5:
            facts.append(fact_of(listing.sell(now=NOW).state))
        for version in (1, 2):
            period = Period(NOW, NOW + timedelta(days=version))
            facts.append(
                BookingFact(
                    car_id=CarId(listing.id),
                    booking_id=UUID(int=7),
                    version=version,
                    period=period,
                    blocks=version == 1,
                )
            )
    return facts


async def state_of(index: SearchIndex, cars: int) -> list[SearchDocument | None]:
    return [await index.get(CarId(UUID(int=number))) for number in range(1, cars + 1)]


async def differences(make: Callable[[], SearchIndex], cars: int) -> int:
    """Documents that differ between the history in order, and each of its facts twice and shuffled."""
    rng = Random(8)
    facts = history(rng, cars)
    in_order, shuffled = make(), make()
    for fact in facts:
        await in_order.apply([fact])
    twice = [*facts, *facts]
    rng.shuffle(twice)
    for at in range(0, len(twice), 50):
        await shuffled.apply(twice[at : at + 50])
    pairs = zip(await state_of(in_order, cars), await state_of(shuffled, cars), strict=True)
    return sum(1 for one, two in pairs if one != two)


@pytest.mark.promise("R8")
@pytest.mark.parametrize("kind", KINDS)
async def test_facts_twice_and_shuffled_give_the_same_index(kind: Any, record_property: Any) -> None:
    cars = 20_000 if FULL else 600
    record_property("on", "memory" if kind is MemorySearchIndex else "bitmap")
    record_property("figure", f"0 of {cars} documents differ")

    assert await differences(kind, cars) == 0


class Unversioned(MemorySearchIndex):
    """A mutant: whatever comes last counts."""

    async def apply(self, facts: Sequence[Fact], *, position: int | None = None) -> None:
        for fact in facts:
            if isinstance(fact, ListingFact):
                self._documents[fact.car_id] = SearchDocument(
                    car_id=fact.car_id, version=fact.version, entry=fact.entry
                )


@pytest.mark.mutant("R8")
async def test_an_index_without_versions_resurrects_what_was_sold() -> None:
    assert await differences(Unversioned, 200) > 0


# R14

Turn = Callable[[SearchIndex, SearchQuery, Page | None], Awaitable[Page]]
SORTS = [sort for sort in Sort if sort is not Sort.RELEVANCE]


async def by_cursor(index: SearchIndex, query: SearchQuery, page: Page | None) -> Page:
    return await index.find(query, now=NOW, limit=50, after=page.next if page else None)


async def walked(index: SearchIndex, sort: Sort, cars: int, turn: Turn) -> tuple[int, int]:
    """How many cars that stayed as they were the walk missed, and how many it saw twice."""
    rng = Random(14)
    listings = {number: car_number(number, rng) for number in range(1, cars + 1)}
    await index.apply([fact_of(listing) for listing in listings.values()])
    query = SearchQuery(sort=sort, near=Near(Point(50.0, 8.0), 100_000) if sort is Sort.DISTANCE else None)
    seen: list[int] = []
    touched: set[int] = set()
    page: Page | None = None
    fresh = cars
    while page is None or page.next is not None:
        page = await turn(index, query, page)
        seen += [hit.car.id.int for hit in page.hits]
        facts: list[Fact] = []
        for _ in range(10):
            number = rng.randrange(1, cars + 1)
            touched.add(number)
            listings[number] = evolve(car_number(number, rng), version=listings[number].version + 1)
            facts.append(fact_of(listings[number]))
            fresh += 1
            touched.add(fresh)
            facts.append(fact_of(car_number(fresh, rng)))
        await index.apply(facts)
    stayed = set(range(1, cars + 1)) - touched
    counts = dict.fromkeys(stayed, 0)
    for number in seen:
        if number in counts:
            counts[number] += 1
    return sum(1 for count in counts.values() if count == 0), sum(1 for count in counts.values() if count > 1)


@pytest.mark.promise("R14")
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_walk_under_writes_sees_what_stays_exactly_once(kind: Any, sort: Sort, record_property: Any) -> None:
    cars = 100_000 if FULL and kind is BitmapSearchIndex else 1_500
    record_property("on", "memory" if kind is MemorySearchIndex else "bitmap")
    record_property("figure", f"{sort}: 0 missed, 0 twice of {cars}")

    assert await walked(kind(), sort, cars, by_cursor) == (0, 0)


@pytest.mark.mutant("R14")
async def test_a_walk_by_offset_misses_cars_or_sees_them_twice() -> None:
    offset = 0

    async def by_offset(index: SearchIndex, query: SearchQuery, page: Page | None) -> Page:
        nonlocal offset
        everything: list[Any] = []
        at: Page | None = None
        while at is None or at.next is not None:
            at = await index.find(query, now=NOW, limit=100, after=at.next if at else None)
            everything += at.hits
        shown = everything[offset : offset + 50]
        offset += 50
        return Page(hits=tuple(shown), total=len(everything), next=at.next or _more(everything, offset))

    missed, twice = await walked(BitmapSearchIndex(), Sort.PRICE, 1_500, by_offset)

    assert missed + twice > 0


def _more(everything: list[Any], offset: int) -> Any:
    """Any cursor will do: the mutant counts for itself."""
    return object() if offset < len(everything) else None
