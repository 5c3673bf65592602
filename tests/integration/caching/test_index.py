"""
Copies of cars: the law of search indexes holds over them, and they are gone when something is heard of the car.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

import pytest
from attrs import define, field

from carmarket.adapters.caching import CachedSearchIndex
from carmarket.adapters.caching.index import KEPT
from carmarket.adapters.memory import MemoryCache, MemoryClock, MemorySearchIndex
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import UnavailableError
from carmarket.core.search.document import ListingFact, SearchDocument
from carmarket.ports.search import SearchIndex
from carmarket.testing.builders import NOW
from carmarket.testing.contracts.search import SearchIndexContract, a_fact

GOLF = CarId(UUID(int=1))


class TestCachedSearchIndex(SearchIndexContract):
    @pytest.fixture
    def make_index(self) -> Callable[[], SearchIndex]:
        return lambda: CachedSearchIndex(MemorySearchIndex(), MemoryCache(MemoryClock(NOW)))


@define
class Slow(MemorySearchIndex):
    """It tells of a car when it is let, and counts who asks."""

    asked: int = 0
    is_away: bool = False
    gate: asyncio.Event | None = None
    called: asyncio.Event = field(factory=asyncio.Event)

    async def get(self, car_id: CarId) -> SearchDocument | None:
        self.asked += 1
        self.called.set()
        found = await MemorySearchIndex.get(self, car_id)
        if self.gate is not None:
            await self.gate.wait()
        if self.is_away:
            raise UnavailableError("It is away.")
        return found


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture
async def slow() -> Slow:
    slow = Slow()
    await slow.apply([a_fact()])
    return slow


@pytest.fixture
def cache(clock: MemoryClock) -> MemoryCache:
    return MemoryCache(clock)


@pytest.fixture
def cached(slow: Slow, cache: MemoryCache) -> CachedSearchIndex:
    return CachedSearchIndex(slow, cache)


async def version(index: SearchIndex) -> int | None:
    document = await index.get(GOLF)
    return None if document is None else document.version


async def test_a_car_is_fetched_once_and_again_when_its_copy_is_old(cached, slow, clock):
    for _ in range(5):
        assert await version(cached) == 1
    assert slow.asked == 1
    clock.advance(KEPT)

    assert await version(cached) == 1
    assert slow.asked == 2


async def test_what_is_heard_of_a_car_ends_its_copy_for_all_who_share_the_cache(cached, slow, cache):
    other = CachedSearchIndex(slow, cache)
    assert await version(other) == 1

    await cached.apply([a_fact(version=2)])
    assert await version(other) == 2
    await cached.apply([ListingFact(car_id=GOLF, version=3, entry=None)])
    document = await other.get(GOLF)
    assert document is not None
    assert document.entry is None


async def test_a_herd_fetches_once(cached, slow):
    slow.gate = asyncio.Event()
    herd = [asyncio.create_task(cached.get(GOLF)) for _ in range(100)]
    await slow.called.wait()
    herd[0].cancel()
    await asyncio.sleep(0)
    slow.gate.set()

    found = await asyncio.gather(*herd, return_exceptions=True)
    assert slow.asked == 1
    assert isinstance(found[0], asyncio.CancelledError)
    assert all(isinstance(one, SearchDocument) for one in found[1:])


async def test_what_was_fetched_before_a_change_is_not_kept_after_it(cached, slow):
    slow.gate = asyncio.Event()
    early = asyncio.create_task(version(cached))
    await slow.called.wait()
    await cached.apply([a_fact(version=2)])
    slow.gate.set()

    assert await early == 1
    assert await version(cached) == 2


async def test_copies_go_on_while_the_index_is_away_and_an_error_is_not_kept(cached, slow, cache):
    assert await version(cached) == 1
    slow.is_away = True
    assert await version(cached) == 1
    await cache.forget([f"car {GOLF}"])
    with pytest.raises(UnavailableError):
        await cached.get(GOLF)
    slow.is_away = False

    assert await version(cached) == 1


async def test_a_copy_that_cannot_be_read_is_none(cached, cache):
    await cache.put(f"car {GOLF}", b"from another version", KEPT)

    assert await version(cached) == 1


async def test_a_flushed_cache_loses_nothing(cached, slow, cache):
    assert await version(cached) == 1
    await cache.forget([f"car {GOLF}"])

    assert await version(cached) == 1
    assert slow.asked == 2
    assert await cached.get(CarId(UUID(int=99))) is None
