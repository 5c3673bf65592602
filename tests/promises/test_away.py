"""
R23: whatever store hangs, the others go on, and nobody waits for long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from carmarket import SearchQuery, open_market
from carmarket.core.errors import UnavailableError
from tests.promises.outages import Outage, Town, town
from tests.servers.running import STARTS

pytestmark = pytest.mark.alone
FULL = os.environ.get("CARMARKET_FULL") == "1"
SECONDS = 20 if FULL else 3
SLOWEST, SOON = (2.5, 1.0) if FULL else (4.0, 3.0)
"""Seconds that anybody waits, and until what was away is used again; in CI other things may run on the machine."""
REFUSED = {
    "postgres": {"reprice", "upload", "book"},
    "mongo": {"log in", "reviews"},
    "s3": {"upload"},
}
"""What cannot go on without the store; all else does."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder: Path = tmp_path_factory.mktemp("town")
    for one in (folder, folder.parent, folder.parent.parent):
        one.chmod(0o755)  # PostgreSQL does not run as root
    with town(folder) as opened:
        yield opened


def wrongs(store: str, outage: Outage) -> list[str]:
    """What was not as the table says."""
    refused = REFUSED.get(store, set())
    found = []
    for name, answers in outage.told.items():
        for one in answers:
            if name in refused and not one.is_refused:
                found.append(f"{name}: {one.status} instead of 503 and when to come again: {one.text}")
            if name not in refused and not one.is_well:
                found.append(f"{name}: {one.status}: {one.text}")
            if one.seconds > SLOWEST:
                found.append(f"{name}: {one.seconds:.1f} s")
        if name in {"search", "shop window"}:
            degraded = sum(it.is_degraded for it in answers)
            if store == "elasticsearch" and degraded < len(answers):
                found.append(f"{name}: only {degraded} of {len(answers)} say that they are degraded")
            # On a busy machine some search may take longer than is waited for.
            if store != "elasticsearch" and degraded > len(answers) / 2:
                found.append(f"{name}: {degraded} of {len(answers)} are degraded")
    found += [f"{name}: well {later:.1f} s after" for name, later in outage.recovered.items() if later > SOON]
    return found


@pytest.mark.slow
@pytest.mark.promise("R23")
@pytest.mark.parametrize("way", ["frozen", "swallowed"])
@pytest.mark.parametrize("store", STARTS)
def test_a_store_that_is_away_takes_nothing_else_with_it(
    place: Town, store: str, way: str, record_property: Any
) -> None:
    outage = place.outage(store, way, SECONDS)

    asked = sum(map(len, outage.told.values()))
    record_property("on", store)
    record_property(
        "figure",
        f"{store} {way} for {SECONDS} s: {asked} asked, the slowest {outage.slowest:.2f} s, all well again after "
        f"{max(outage.recovered.values()):.2f} s",
    )
    assert all(outage.told.values())
    assert wrongs(store, outage) == []


@pytest.mark.slow
@pytest.mark.mutant("R23")
async def test_a_search_without_its_fallback_is_away_with_its_index(place: Town) -> None:
    line = place.lines["elasticsearch"]
    async with open_market(place.settings, with_index=False) as market:
        alone = evolve(market.search, fallback=None)
        assert (await alone.find(SearchQuery(words="golf"))).page.total
        line.swallow()
        try:
            assert (await market.search.find(SearchQuery(words="golf"))).page.total
            with pytest.raises(UnavailableError):
                await alone.find(SearchQuery(words="golf"))
        finally:
            line.let_through()
