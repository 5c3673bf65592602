"""
R12: of many who edit the same version at once, one wins and the others are told.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve, frozen

from carmarket import open_market
from carmarket.config import Settings
from carmarket.core.catalog.listing import Listing
from carmarket.core.change import Change
from carmarket.services.catalog import CatalogService
from tests.entrypoints.http.service import Service, assert_problem, serving_market

EDITORS = 64


@frozen(kw_only=True)
class CarelessCatalog(CatalogService):
    """Broken on purpose: it does not compare versions."""

    async def _decide(
        self, listing: Listing, expected: int | None, decide: Callable[[Listing], Change[Listing]]
    ) -> Listing:
        return await super()._decide(listing, None, decide)


@pytest.fixture(params=["memory", "sqlite"])
async def market(request, tmp_path):
    catalog = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    settings = Settings(url="memory://", catalog=catalog, keys=str(tmp_path / "keys"), limits=None)
    async with open_market(settings) as opened:
        yield opened


async def edit_at_once(service: Service) -> tuple[Counter[int], dict[str, Any]]:
    """What the editors are answered, and the listing afterwards."""
    drafted = await service.draft()
    path = drafted.headers["location"]
    answers = await asyncio.gather(
        *(
            service.ask(
                "PUT", f"{path}/price", "dealer",
                etag=drafted.headers["etag"], json={"amount": 1_000_000 + editor, "currency": "USD"},
            )
            for editor in range(EDITORS)
        )
    )  # fmt: skip
    for answer in answers:
        if answer.status_code != 200:
            assert answer.json()["code"] in {"stale", "concurrency-conflict"}
            assert_problem(answer, 412, answer.json()["code"])
    return Counter(answer.status_code for answer in answers), (await service.ask("GET", path, "dealer")).json()


@pytest.mark.promise("R12")
async def test_one_of_many_edits_of_a_version_wins(market, record_property):
    async with serving_market(market) as service:
        answered, listing = await edit_at_once(service)

    record_property("figure", f"{answered[200]} x 200, {answered[412]} x 412")
    assert answered == {200: 1, 412: EDITORS - 1}
    assert listing["version"] == 2
    assert len(listing["price_history"]) == 2


@pytest.mark.promise("R12")
async def test_an_edit_that_names_no_version_is_refused(market):
    async with serving_market(market) as service:
        drafted = await service.draft()
        price = {"amount": 1, "currency": "USD"}

        answer = await service.ask("PUT", f"{drafted.headers['location']}/price", "dealer", json=price)

        assert_problem(answer, 428, "if-match-required", field="If-Match")
        assert (await service.ask("GET", drafted.headers["location"], "dealer")).json() == drafted.json()


@pytest.mark.mutant("R12")
async def test_a_service_that_does_not_compare_versions_is_caught():
    """In memory, where no edit waits for the disk: elsewhere the store's own comparison can hide the fault."""
    async with open_market("memory://") as market:
        kept = market.catalog
        careless = CarelessCatalog(listings=kept.listings, clock=kept.clock, ids=kept.ids, lifetime=kept.lifetime)
        async with serving_market(evolve(market, catalog=careless)) as service:
            answered, listing = await edit_at_once(service)

    assert answered[200] > 1
    assert listing["version"] > 2
