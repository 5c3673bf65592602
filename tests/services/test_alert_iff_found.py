"""
A car is told of if, and only if, a search finds it after a change and did not before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from carmarket import Details, Settings, open_market
from carmarket.adapters.memory import MemoryClock, MemorySavedSearches
from carmarket.core.actor import Actor, DealerId, UserId
from carmarket.core.catalog.car import Car, SellerId
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.core.errors import ConflictError
from carmarket.core.search.document import Entry
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.saved import SavedSearchId
from carmarket.core.users.roles import Role
from carmarket.services.market import Market
from carmarket.testing.builders import NOW
from carmarket.testing.saved_searches import SEEKER, a_saved_search
from carmarket.testing.strategies import cars, queries

Told = set[tuple[UUID, UUID, int]]
Step = tuple[int, str, Car]
"""Which listing, what is done with it, and what may be said of it."""
ACTIONS = ("draft", "publish", "publish", "revise", "reprice", "pause", "renew", "sell", "archive", "relist")
LISTINGS = 3
QUIET: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
steps = st.lists(st.tuples(st.integers(0, LISTINGS - 1), st.sampled_from(ACTIONS), cars()), min_size=4, max_size=25)
sought = st.lists(queries().filter(lambda query: not query.is_empty), min_size=1, max_size=6)


def staff_of(seller: SellerId) -> Actor:
    return Actor(
        user_id=UserId(UUID(int=9)), dealer_id=DealerId(seller), roles=frozenset({Role.DEALER_OWNER}),
        is_trusted=True,
    )  # fmt: skip


async def act(market: Market, listing: Listing | None, action: str, said: Car) -> Listing | None:
    """The listing after the step; it stays as it is where the step cannot be taken."""
    details = Details(vehicle=said.vehicle, odometer=said.odometer, place=said.place, description=said.description)
    if listing is None or action == "draft":
        actor = staff_of(said.seller)
        drafted = await market.catalog.draft(actor, details=details, price=said.price.current)
        return await market.catalog.publish(actor, drafted.id)
    actor = staff_of(listing.seller)
    with suppress(ConflictError):
        if action == "revise":
            return await market.catalog.revise(actor, listing.id, details=details)
        if action == "reprice":
            return await market.catalog.reprice(actor, listing.id, price=said.price.current)
        changed: Listing = await getattr(market.catalog, action)(actor, listing.id)
        return changed
    return listing


async def finds(market: Market, searches: Sequence[SearchQuery]) -> list[set[UUID]]:
    """The cars that each of the searches finds now."""
    pages = [await market.stock.index.find(query, now=NOW, limit=100) for query in searches]
    return [{hit.car.id for hit in page.hits} for page in pages]


async def told_and_meant(market: Market, searches: Sequence[SearchQuery], taken: Sequence[Step]) -> tuple[Told, Told]:
    """The alerts that there are, and those that there should be, as (search, car, version)."""
    for number, query in enumerate(searches, start=1):
        await market.stock.saved_searches.save(a_saved_search(number, query))
    listings: list[Listing | None] = [None] * LISTINGS
    meant: Told = set()
    before = await finds(market, searches)
    for number, action, said in taken:
        changed = listings[number] = await act(market, listings[number], action, said)
        await market.settle()
        after = await finds(market, searches)
        for at, new in enumerate(now - was for now, was in zip(after, before, strict=True)):
            for car in new:
                assert changed is not None
                current = await market.stock.listings.get(ListingId(car))
                assert current is not None
                meant.add((SavedSearchId(UUID(int=at + 1)), car, current.version))
        before = after
    alerts = await market.stock.alerts.find(SEEKER, limit=1_000)
    return {(one.search_id, one.car_id, one.version) for one in alerts}, meant


def check(where: Callable[[Path], Settings], searches: Sequence[SearchQuery], taken: Sequence[Step]) -> None:
    async def run() -> None:
        with TemporaryDirectory() as folder:
            async with open_market(where(Path(folder)), clock=MemoryClock(NOW)) as market:
                told, meant = await told_and_meant(market, searches, taken)

                assert told == meant

    asyncio.run(run())


@settings(max_examples=100, **QUIET)
@given(searches=sought, taken=steps)
def test_an_alert_is_there_if_and_only_if_the_search_finds_the_car_now_and_did_not_before(searches, taken):
    check(lambda _: Settings(url="memory://"), searches, taken)

    assert searches


@settings(max_examples=10, **QUIET)
@given(searches=sought, taken=steps)
def test_so_it_is_on_sqlite_and_bitmaps(searches, taken):
    check(lambda folder: Settings(url=f"sqlite:///{folder}/market.db", keys=None), searches, taken)

    assert searches


class WithoutWords(MemorySavedSearches):
    """A mutant: it does not look searches up by their words."""

    def _keys_of_entry(self, entry: Entry) -> frozenset[str]:
        return frozenset(key for key in super()._keys_of_entry(entry) if not key.startswith("word:"))


class Deaf(MemorySavedSearches):
    """A mutant: it finds all searches that share a key, and compares nothing."""

    async def matching(self, document):
        ids = set().union(*(self._by_key.get(key, ()) for key in self._keys_of_entry(document.entry)))
        return [self._searches[search_id] for search_id in sorted(ids)]


@pytest.mark.parametrize("mutant", [WithoutWords, Deaf])
def test_a_matcher_that_finds_too_few_or_too_many_is_caught(monkeypatch, mutant):
    monkeypatch.setattr("carmarket.adapters.memory.MemorySavedSearches", mutant)

    @settings(max_examples=300, derandomize=True, database=None, phases=[Phase.generate], **QUIET)
    @given(searches=sought, taken=steps)
    def run(searches: Sequence[SearchQuery], taken: Sequence[Step]) -> None:
        check(lambda _: Settings(url="memory://"), searches, taken)

    with pytest.raises(AssertionError):
        run()
