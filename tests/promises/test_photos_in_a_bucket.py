"""
R21 on a genuine S3 server: what hostile files and told pictures leave in the bucket for everybody to see.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve
from PIL import Image

from carmarket import Money, Settings, open_market
from carmarket.core.catalog.photos import PhotoStatus
from carmarket.core.errors import InvalidError
from carmarket.ports.pictures import PUBLIC_SIZES, Developed, PhotoLab
from carmarket.services.market import Market
from carmarket.services.photos import PhotoService
from carmarket.testing.builders import a_dealer, some_details
from tests.promises.test_photos import hostile, told_pictures

DEALER = a_dealer()


@pytest.fixture
async def market(server_of: Callable[[str], str]) -> AsyncIterator[Market]:
    photos = server_of("s3").replace("/carmarket?", f"/promises-{uuid4()}?")
    async with open_market(Settings(url="memory://", photos=photos)) as market:
        yield market


async def developed(market: Market, photos: PhotoService, files: dict[str, bytes]) -> dict[str, PhotoStatus | None]:
    """What became of each file: none of it, or the state of its photo once it was looked at."""
    outcome: dict[str, PhotoStatus | None] = {}
    for name, original in files.items():
        listing = await market.catalog.draft(DEALER, details=some_details(), price=Money(1_000_000, "USD"))
        try:
            await photos.add(DEALER, listing.id, original)
        except InvalidError:
            outcome[name] = None
            continue
        await photos.develop([listing.id])
        (photo,) = (await market.catalog.get(DEALER, listing.id)).photos.items
        outcome[name] = photo.status
    return outcome


async def public(market: Market) -> list[bytes]:
    """All that everybody may read of the bucket."""
    blobs = market.stock.blobs
    return [await blobs.get(key) or b"" async for key in blobs.keys("photos/")]


@pytest.mark.slow
@pytest.mark.promise("R21")
async def test_nothing_of_a_hostile_file_becomes_public(market: Market, record_property: Any) -> None:
    outcome = await developed(market, market.photos, hostile())

    record_property("on", "s3")
    record_property("figure", f"{len(outcome)} hostile files, none of them public")
    assert set(outcome.values()) <= {None, PhotoStatus.REFUSED}
    assert await public(market) == []


@pytest.mark.slow
@pytest.mark.promise("R21")
async def test_public_pictures_in_the_bucket_say_nothing_of_who_took_them(market: Market, record_property: Any) -> None:
    outcome = await developed(market, market.photos, dict(told_pictures()))
    shown = await public(market)

    record_property("on", "s3")
    record_property("figure", f"{len(shown)} public pictures without a word")
    assert set(outcome.values()) == {PhotoStatus.READY}
    assert len(shown) == len(outcome) * len(PUBLIC_SIZES)
    assert telling(shown) == []


class KeepingLab(PhotoLab):
    """A mutant: it shows what it was given."""

    async def develop(self, original: bytes) -> Developed:
        return Developed(sizes=dict.fromkeys(PUBLIC_SIZES, original), width=900, height=600)


@pytest.mark.slow
@pytest.mark.mutant("R21")
async def test_a_lab_that_keeps_what_it_was_given_is_caught(market: Market) -> None:
    photos = evolve(market.photos, lab=KeepingLab())
    await developed(market, photos, dict(told_pictures()))

    assert telling(await public(market)) != []


def telling(shown: list[bytes]) -> list[bytes]:
    """Those that say more than the picture."""
    return [one for one in shown if b"Secret" in one or Image.open(BytesIO(one)).getexif()]
