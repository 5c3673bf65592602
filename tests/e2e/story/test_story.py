"""
The market as a story: the same people do the same, by the library's menu and over REST, in memory and on one file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from carmarket import Settings, open_market
from carmarket.adapters.memory import MemoryClock
from carmarket.core.letters import LetterKind
from carmarket.testing.builders import NOW
from tests.distributed import settings_of
from tests.e2e.story.by_library import ByLibrary
from tests.e2e.story.over_rest import OverRest
from tests.e2e.story.ways import RefusedError, Ways
from tests.entrypoints.http.service import serving_market

STOCK = b"""Stock #,Make,Model,Year,Price,Odometer
A1,Volkswagen,Golf,2019,15000 USD,41200 mi
A2,BMW,X5,2021,39000 USD,20100 mi
A3,Nissan,Leaf,2020,14000 USD,12800 mi
A4,Ford,Focus,2018,free,60000 mi
"""
URLS = {"memory": "memory://", "embedded": "sqlite:///{folder}/market.db"}


@pytest.fixture(
    params=[f"{way}-{profile}" for way in ("library", "rest") for profile in (*URLS, "logged", "distributed")]
)
async def market(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ways]:
    way, profile = request.param.split("-")
    clock = MemoryClock(NOW)
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(open_market(_settings(request, profile, tmp_path), clock=clock))
        if way == "library":
            yield ByLibrary(opened, clock)
        else:
            service = await stack.enter_async_context(serving_market(opened))
            yield OverRest(service.client, opened, clock)


def _settings(request: pytest.FixtureRequest, profile: str, folder: Path) -> Settings:
    """Of a market in memory, on one file, over the genuine stores, or over those without a broker and an engine."""
    if profile in URLS:
        return Settings(url=URLS[profile].format(folder=folder), mail="memory://")
    databases, server_of = request.getfixturevalue("open_postgres"), request.getfixturevalue("server_of")
    databases()
    logged = {"events": None, "search": "memory://"} if profile == "logged" else {}
    return settings_of(server_of, databases.urls[-1], folder, **logged)


async def test_a_car_is_found_tried_reviewed_and_sold(market: Ways) -> None:
    admin = await market.arrive_as_admin("root@example.com")

    # A dealer joins and brings its stock; one row is wrong and says so.
    dealer = await market.arrive("dora@example.com", "Dora Deal")
    dealer_id = await market.become_dealer(dealer, "Best Cars", admin)
    counts = await market.bring_stock(dealer, STOCK)
    assert (counts["added"], counts["failed"]) == (3, 1)
    await market.take_bookings(dealer)

    # A customer finds a car, however it is spelt, and books a test drive.
    anna = await market.arrive("anna@example.com", "Anna Berg")
    found = await market.find("volkswagn golf")
    assert list(found.values()) == ["2019 Volkswagen Golf"]
    (golf,) = found
    slot = (await market.slots(golf))[0]
    booking = await market.book(anna, golf, slot)
    await market.hours_pass(0)

    # Two others want the same slot, and somebody else's booking is nobody's to see.
    for name in ("ben", "cleo"):
        rival = await market.arrive(f"{name}@example.com", name)
        with pytest.raises(RefusedError) as refused:
            await market.book(rival, golf, slot)
        assert refused.value.code == "period-taken"
        with pytest.raises(RefusedError) as hidden:
            await market.act(rival, booking, "cancel")
        assert hidden.value.code == "not-found"
    assert slot not in await market.slots(golf)

    # The dealer hears of it and confirms; the day comes; it takes place.
    with pytest.raises(RefusedError):
        await market.act(anna, booking, "confirm")
    assert await market.act(dealer, booking, "confirm") == "confirmed"
    await market.hours_pass(0)
    await market.hours_pass(24 * 3)
    assert await market.act(dealer, booking, "complete") == "completed"

    # Both say how it was; nobody sees it before both have, and a moderator.
    await market.review(anna, booking, 5, "They took their time.")
    await market.let_all_reviews_pass(admin)
    assert await market.reviews_of(dealer_id) == (None, [])
    await market.review(dealer, booking, 5, "A careful driver.")
    await market.let_all_reviews_pass(admin)
    await market.reply(dealer, "Come back soon.")
    assert await market.reviews_of(dealer_id) == (5.0, [("They took their time.", "Come back soon.")])

    # The car is sold, and found no more.
    await market.sell(dealer, golf)
    assert await market.find("golf") == {}

    # Somebody else waits for a cheaper one, and is told once when there is one.
    dan = await market.arrive("dan@example.com", "Dan Low")
    await market.save_search(dan, "make=BMW&price_max=35000")
    (x5,) = await market.find("x5")
    await market.reprice(dealer, x5, 36_000_00)
    await market.reprice(dealer, x5, 34_500_00)
    await market.reprice(dealer, x5, 34_000_00)
    alerts = [one for one in await market.letters_to("dan@example.com") if one.kind is LetterKind.ALERT]
    assert [one.facts["car"] for one in alerts] == ["2021 BMW X5"]
    assert alerts[0].facts["price"] == "34,500.00 USD"

    # What each was written about the test drive, and nothing more.
    told = [one.kind for one in await market.letters_to("anna@example.com")]
    assert told == [LetterKind.CONFIRM_ADDRESS, LetterKind.BOOKING_CONFIRMED, LetterKind.REVIEW_INVITATION]
    heard = [one.kind for one in await market.letters_to("dora@example.com")]
    assert heard == [LetterKind.CONFIRM_ADDRESS, LetterKind.DEALER_VERIFIED, LetterKind.BOOKING_REQUESTED]
