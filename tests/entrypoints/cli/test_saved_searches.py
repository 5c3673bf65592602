"""
`carmarket saved-search`, on a market that others write to.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from carmarket import Money, SearchQuery, Settings, open_market
from carmarket.core.actor import Actor, UserId
from carmarket.core.search.saved import HowOften, SavedSearch
from carmarket.testing.builders import a_dealer, some_details

SEEKER = Actor(user_id=UserId(UUID(int=21)))


@pytest.fixture
def saved(tmp_path: Path) -> SavedSearch:
    """A search that has found a car."""

    async def seek() -> SavedSearch:
        async with open_market(Settings(url=f"sqlite:///{tmp_path}/market.db")) as market:
            query = SearchQuery(models=["golf"])
            saved = await market.saved_searches.save(
                SEEKER, name="Golfs", query=query, how_often=HowOften.WEEKLY, asked="model=golf"
            )
            dealer = a_dealer()
            listing = await market.catalog.draft(dealer, details=some_details(), price=Money(1_500_000, "USD"))
            await market.catalog.publish(dealer, listing.id)
            await market.settle()
            return saved

    return asyncio.run(seek())


def test_somebodys_searches_are_listed(run, saved):
    listed = run("saved-search", "list", "--user", SEEKER.user_id, "--json")
    table = run("saved-search", "list", "--user", SEEKER.user_id)

    assert [one["id"] for one in listed.said] == [str(saved.id)]
    assert all(said in table.out for said in (str(saved.id), "Golfs", "weekly", "model=golf"))
    assert run("saved-search", "list", "--user", UUID(int=5), "--json").said == []


def test_a_search_is_shown_with_what_it_found(run, saved):
    shown = run("saved-search", "show", saved.id, "--json")
    table = run("saved-search", "show", saved.id)

    assert shown.said["saved_search"]["name"] == "Golfs"
    assert [one["title"] for one in shown.said["alerts"]] == ["2019 Volkswagen Golf"]
    assert "2019 Volkswagen Golf" in table.out
    assert "1 alerts" in table.out
    assert run("saved-search", "show", UUID(int=5)).code == 3
