"""
R10: an index that is built anew while others write is never empty, and ends as the catalog is.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

import pytest
from attrs import frozen

from carmarket.adapters.bitmap import BitmapSearchIndex
from carmarket.adapters.memory import MemoryIds, MemorySearchIndex
from carmarket.adapters.memory import offer as memory_offer
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import ListingId
from carmarket.core.money import RateTable
from carmarket.core.search.page import Page
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.ports.booking import BOOKINGS
from carmarket.ports.catalog import LISTINGS, ListingFilter, ListingRepository
from carmarket.ports.events import EVENTS, READERS
from carmarket.ports.offer import Offer
from carmarket.ports.search import SearchIndex
from carmarket.services.indexing import IndexKeeper
from carmarket.services.subscriptions import LogSubscription
from carmarket.testing.builders import NOW, a_published
from tests.indexes import elasticsearch_indexes

FULL = os.environ.get("CARMARKET_FULL") == "1"
CARS = {"memory": 3_000, "bitmap": 100_000 if FULL else 3_000, "elasticsearch": 100_000 if FULL else 1_000}
NEWEST = SearchQuery(sort=Sort.NEWEST)


@frozen(kw_only=True)
class Rebuilt:
    """What people found meanwhile, and what there was at the end."""

    totals: Sequence[int]
    kept: Sequence[tuple[UUID, int]]
    found: Sequence[tuple[UUID, int]]


async def rebuilt(index: SearchIndex, offer: Offer, cars: int) -> Rebuilt:
    """Fill the catalog and the index, and build the index anew while cars come and are sold."""
    listings = await offer.get(LISTINGS)
    log, positions = await offer.get(EVENTS), await offer.get(READERS)
    keeper = IndexKeeper(
        index=index, listings=listings, bookings=await offer.get(BOOKINGS),
        subscription=LogSubscription(log, positions, "index"), log=log, positions=positions, ids=MemoryIds(),
        rates=RateTable(),
    )  # fmt: skip
    for start in range(1, cars + 1, 1_000):
        await listings.save_all([a_published(number) for number in range(start, min(start + 1_000, cars + 1))])
    await keeper.catch_up()
    rng, totals, written = Random(10), list[int](), cars
    rebuilding = asyncio.create_task(keeper.rebuild())
    while not rebuilding.done():
        written += 1
        await listings.save(a_published(written))
        sold = await listings.get(a_published(rng.randrange(1, cars)).state.id)
        if sold is not None and sold.status is ListingStatus.PUBLISHED:
            await listings.save(sold.sell(now=NOW))
        await keeper.step()
        totals.append((await index.find(NEWEST, now=NOW, limit=1)).total)
        await asyncio.sleep(0)
    await rebuilding
    await keeper.catch_up()
    return Rebuilt(totals=totals, kept=await kept(listings), found=await found(index))


async def kept(listings: ListingRepository) -> Sequence[tuple[UUID, int]]:
    """Every car before the public at its version, by the catalog."""
    published = ListingFilter(statuses=frozenset({ListingStatus.PUBLISHED}))
    seen: list[tuple[UUID, int]] = []
    while batch := await listings.find(published, after=ListingId(seen[-1][0]) if seen else None, limit=1_000):
        seen += [(one.id, one.version) for one in batch]
    return seen


async def found(index: SearchIndex) -> Sequence[tuple[UUID, int]]:
    """The same, by walking a search to its end."""
    seen: list[tuple[UUID, int]] = []
    page: Page | None = None
    while page is None or page.next is not None:
        page = await index.find(NEWEST, now=NOW, limit=100, after=page.next if page else None)
        seen += [(hit.car.id, hit.car.version) for hit in page.hits]
    return seen


def checksum(entries: Sequence[tuple[UUID, int]]) -> str:
    return sha256(repr(sorted(entries)).encode()).hexdigest()


@pytest.mark.slow
@pytest.mark.promise("R10")
@pytest.mark.parametrize("kind", CARS)
async def test_a_rebuild_during_writes_is_never_empty_and_ends_equal_to_the_catalog(
    kind: str, request: pytest.FixtureRequest, record_property: Any
) -> None:
    cars = CARS[kind]
    async with AsyncExitStack() as stack:
        if kind == "elasticsearch":
            server_of: Callable[[str], str] = request.getfixturevalue("server_of")
            index: SearchIndex = stack.enter_context(elasticsearch_indexes(server_of("elasticsearch")))()
            opened = request.getfixturevalue("open_postgres")()
        else:
            index = MemorySearchIndex() if kind == "memory" else BitmapSearchIndex()
            opened = memory_offer("memory://")
        told = await rebuilt(index, await stack.enter_async_context(opened), cars)

    record_property("on", kind)
    record_property(
        "figure",
        f"{len(told.totals)} searches during the rebuild of {cars:,} cars, the least found {min(told.totals):,}; "
        f"{len(told.found):,} cars at the end, equal to the catalog",
    )
    assert min(told.totals) > cars // 2
    assert len(told.found) == len(told.kept)
    assert checksum(told.found) == checksum(told.kept)
