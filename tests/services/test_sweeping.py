"""
Pictures that no listing shows any more go, and no others.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from carmarket import Money, Settings, open_market
from carmarket.adapters.memory import MemoryClock
from carmarket.core.catalog.listing import Listing
from carmarket.core.catalog.photos import PhotoId, PhotoStatus, upload_key
from carmarket.services.market import Market
from carmarket.services.sweeping import PATIENCE, UPLOADS_KEPT, SweepPhotos, SweepUploads, photo_id_in
from carmarket.testing.builders import NOW, a_dealer, some_details
from tests.entrypoints.http.pictures import a_picture

DEALER = a_dealer()
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "embedded"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    embedded = Settings(url=f"sqlite:///{tmp_path}/m.db", photos=f"file:///{tmp_path}/photos", search="memory://")
    where = Settings(url="memory://") if request.param == "memory" else embedded
    async with open_market(where, clock=clock) as market:
        yield market


@pytest.fixture
def sweep(market: Market) -> SweepPhotos:
    stock = market.stock
    return SweepPhotos(listings=stock.listings, blobs=stock.blobs, log=stock.log, clock=stock.clock)


async def shown(market: Market, *shades: int) -> Listing:
    listing = await market.catalog.draft(DEALER, details=some_details(), price=Money(1_000_000, "USD"))
    for shade in shades:
        listing = await market.photos.add(DEALER, listing.id, a_picture(shade))
    await market.settle()
    return await market.catalog.get(DEALER, listing.id)


async def files(market: Market) -> dict[PhotoId, int]:
    """How many files each photo has."""
    counts: dict[PhotoId, int] = {}
    async for key in market.stock.blobs.keys():
        photo_id = photo_id_in(key)
        assert photo_id is not None
        counts[photo_id] = counts.get(photo_id, 0) + 1
    return counts


async def test_what_nothing_shows_for_hours_goes_and_what_is_shown_stays(market, clock, sweep):
    listing = await shown(market, 0, 1)
    gone, kept = (photo.id for photo in listing.photos.items)
    await market.photos.remove(DEALER, listing.id, gone)
    assert [await sweep(), await sweep()] == [0, 0]
    clock.advance(PATIENCE - HOUR)
    assert await sweep() == 0
    assert set(await files(market)) == {gone, kept}

    clock.advance(HOUR)

    assert [await sweep(), await sweep()] == [1, 0]
    assert set(await files(market)) == {kept}
    assert (await files(market))[kept] > 2


async def test_a_picture_that_another_listing_shows_stays(market, clock, sweep):
    first, second = await shown(market, 0), await shown(market, 0)
    await market.photos.remove(DEALER, first.id, first.photos.items[0].id)
    await sweep()
    clock.advance(PATIENCE)

    assert await sweep() == 0
    assert set(await files(market)) == {second.photos.items[0].id}


async def test_what_is_shown_again_meanwhile_stays(market, clock, sweep):
    listing = await shown(market, 0)
    photo = listing.photos.items[0].id
    await market.photos.remove(DEALER, listing.id, photo)
    await sweep()
    clock.advance(PATIENCE)
    await market.photos.add(DEALER, listing.id, a_picture(0))
    assert await sweep() == 0
    await market.photos.remove(DEALER, listing.id, photo)

    assert await sweep() == 0
    assert set(await files(market)) == {photo}


class Overtaken(SweepPhotos):
    """While it looks through the listings, somebody shows a picture that it has found on none of them."""

    market: Market
    listing: Listing

    async def _shown(self) -> set[PhotoId]:
        found = await super()._shown()
        await self.market.photos.add(DEALER, self.listing.id, a_picture(0))
        await self.market.settle()
        return found


class Forgetful(Overtaken):
    """It does not look at what came meanwhile."""

    async def _uploaded_since(self, position: int) -> set[PhotoId]:
        return set()


@pytest.mark.parametrize(("kind", "lost"), [(Overtaken, 0), (Forgetful, 1)])
async def test_what_is_uploaded_while_it_looks_stays(market, clock, kind, lost):
    listing = await shown(market, 0)
    photo = listing.photos.items[0].id
    await market.photos.remove(DEALER, listing.id, photo)
    stock = market.stock
    sweep = kind(listings=stock.listings, blobs=stock.blobs, log=stock.log, clock=stock.clock)
    sweep._suspects = {photo: NOW - PATIENCE}
    sweep.market, sweep.listing = market, listing

    assert await sweep() == lost

    now = await market.catalog.get(DEALER, listing.id)
    assert now.photos.items[0].status is PhotoStatus.READY
    assert (photo in await files(market)) is not lost


async def test_the_pictures_of_who_leaves_go_with_their_words(market, clock, sweep):
    seller = evolve(DEALER, dealer_id=None)
    listing = await market.catalog.draft(seller, details=some_details(), price=Money(1_000_000, "USD"))
    await market.photos.add(seller, listing.id, a_picture(0))
    await market.settle()
    await market.users.privacy.forget(seller.user_id)
    await sweep()
    clock.advance(PATIENCE)

    assert await sweep() == 1
    assert await files(market) == {}


async def test_uploads_that_went_straight_into_the_store_go_a_day_later(market: Market, clock: MemoryClock) -> None:
    blobs = market.stock.blobs
    sweep = SweepUploads(blobs=blobs, clock=clock)
    listing = await shown(market, 1)
    early, late = (upload_key(listing.id, market.stock.ids.new()) for _ in range(2))
    await blobs.put(early, b"early", content_type="image/jpeg")
    assert await sweep() == 0
    clock.advance(UPLOADS_KEPT - HOUR)
    await blobs.put(late, b"late", content_type="image/jpeg")
    assert await sweep() == 0
    clock.advance(HOUR)

    assert await sweep() == 1
    assert [key async for key in blobs.keys("uploads/")] == [late]
    assert [key async for key in blobs.keys("photos/")] != []
