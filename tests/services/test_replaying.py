"""
Sending a reader back: it is given its events again, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from carmarket import Money, Settings, open_market
from carmarket.adapters.memory import MemoryClock
from carmarket.core.errors import ConflictError, ForbiddenError, NotFoundError
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.saved import HowOften
from carmarket.core.users.audit import AuditAction
from carmarket.ports.events import Leadership
from carmarket.services.market import Market
from carmarket.testing.builders import NOW, a_dealer, an_admin, some_details
from tests.distributed import settings_of

DEALER, ADMIN, HOUR = a_dealer(), an_admin(), timedelta(hours=1)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "embedded", "logged", "distributed"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    async with open_market(settings(request, tmp_path), clock=clock) as market:
        yield market


def settings(request: pytest.FixtureRequest, folder: Path) -> Settings:
    if request.param == "memory":
        return Settings(url="memory://")
    if request.param == "embedded":
        return Settings(url=f"sqlite:///{folder}/market.db", search="memory://")
    databases: Any = request.getfixturevalue("open_postgres")
    server_of: Callable[[str], str] = request.getfixturevalue("server_of")
    databases()
    logged = {"events": None, "search": "memory://"} if request.param == "logged" else {}
    return settings_of(server_of, databases.urls[-1], folder, **logged)


async def sell(market: Market) -> None:
    listing = await market.catalog.draft(DEALER, details=some_details(), price=Money(1_000_000, "USD"))
    await market.catalog.publish(DEALER, listing.id)


async def test_what_comes_again_is_not_done_again(market: Market) -> None:
    search = await market.saved_searches.save(
        DEALER, name="Golfs", query=SearchQuery(makes=["volkswagen"]), how_often=HowOften.DAILY
    )
    await sell(market)
    await market.settle()
    assert await market.replaying.lag(ADMIN, "alerts") == 0
    found = await market.saved_searches.alerts(DEALER, search_id=search.id)

    assert await market.replaying.replay(ADMIN, "alerts") >= 3
    assert await market.replaying.lag(ADMIN, "alerts") >= 3
    await market.settle()

    assert len(found) == 1
    assert await market.saved_searches.alerts(DEALER, search_id=search.id) == found
    assert await market.replaying.lag(ADMIN, "alerts") == 0
    noted = await market.users.auditor.find(ADMIN)
    assert [(one.action, one.detail) for one in noted] == [(AuditAction.REPLAY_READER, "alerts from the start")]


async def test_a_name_that_no_reader_has_is_refused_with_those_there_are(market: Market) -> None:
    with pytest.raises(NotFoundError) as refused:
        await market.replaying.replay(ADMIN, "gossip")

    assert "booking-letters" in str(refused.value.expected)
    with pytest.raises(ForbiddenError):
        await market.replaying.replay(DEALER, "alerts")


@pytest.mark.parametrize("market", ["memory", "embedded", "logged"], indirect=True)
async def test_a_reader_goes_back_to_a_moment(market: Market, clock: MemoryClock) -> None:
    await sell(market)
    clock.advance(HOUR)
    await sell(market)
    await market.settle()

    assert await market.replaying.replay(ADMIN, "photos", since=NOW + HOUR) == 3
    assert await market.replaying.replay(ADMIN, "photos", since=NOW) == 6
    assert await market.replaying.replay(ADMIN, "photos", since=NOW + 2 * HOUR) == 0
    assert await market.replaying.lag(ADMIN, "photos") == 0


class Follower(Leadership):
    async def leads(self) -> bool:
        return False


async def test_where_somebody_reads_none_is_sent_back() -> None:
    async with open_market("memory://") as market:
        replaying = evolve(market.replaying, leadership=Follower())

        with pytest.raises(ConflictError):
            await replaying.replay(ADMIN, "alerts")
