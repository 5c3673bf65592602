"""
R6: a server that is killed in the middle of its work has lost nothing that it acknowledged, and invented nothing.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any
from uuid import UUID

import httpx
import pytest

from carmarket import SearchQuery, Sort, open_market
from carmarket.adapters.jwt import open_key_file
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import Listing
from carmarket.ports.catalog import ListingFilter
from carmarket.services.market import Market
from carmarket.testing.builders import a_dealer
from tests.entrypoints.http.server import running
from tests.logs import log_of

KILLS = 50 if os.environ.get("CARMARKET_FULL") == "1" else 12
ROWS = 3_000
DEADLINE = 60


async def inconsistencies(url: str) -> list[str]:
    """Where state and events, or catalog and index, do not tell the same story."""
    async with open_market(url) as market:
        versions: dict[UUID, list[int]] = defaultdict(list)
        position = 0
        while recorded := await log_of(market).read(position, 1_000):
            position = recorded[-1].position
            for one in recorded:
                versions[one.event.key].append(one.event.version)
        listings = await everything(market)
        wrong = [
            f"{one.id} is at version {one.version}, its events tell {versions[one.id]}"
            for one in listings.values()
            if versions[one.id] != list(range(1, one.version + 1))
        ]
        wrong += [f"{key} has events and no state" for key in versions.keys() - listings.keys()]
        published = {(one.id, one.version) for one in listings.values() if one.status is ListingStatus.PUBLISHED}
        indexed = await found(market)
        wrong += [f"the index lacks {one}" for one in published - indexed]
        wrong += [f"the index invents {one}" for one in indexed - published]
        return wrong


async def everything(market: Market) -> dict[UUID, Listing]:
    kept: dict[UUID, Listing] = {}
    after = None
    while batch := await market.stock.listings.find(ListingFilter(), after=after, limit=1_000):
        kept.update({one.id: one for one in batch})
        after = batch[-1].id
    return kept


async def found(market: Market) -> set[tuple[UUID, int]]:
    seen: set[tuple[UUID, int]] = set()
    page = (await market.search.find(SearchQuery(sort=Sort.NEWEST), limit=100)).page
    while True:
        seen |= {(hit.car.id, hit.car.version) for hit in page.hits}
        if page.next is None:
            return seen
        page = (await market.search.find(SearchQuery(sort=Sort.NEWEST), after=page.next, limit=100)).page


def dealers_file() -> bytes:
    rows = (f"S{n},Ford,Focus,2019,{9_000 + n}\n" for n in range(ROWS))
    return ("Stock #,Make,Model,Year,Price\n" + "".join(rows)).encode()


def draft_for_ever(url: str, headers: dict[str, str], acknowledged: list[str]) -> None:
    """List one car after the other until the server is gone."""
    body = {
        "details": {"vehicle": {"make": "Volkswagen", "model": "Golf"}},
        "price": {"amount": 1_000_000, "currency": "USD"},
    }
    with httpx.Client(base_url=url, headers=headers, timeout=10) as client:
        while True:
            try:
                answer = client.post("/v1/listings", json=body)
            except httpx.TransportError:
                return
            if answer.status_code == 201:
                acknowledged.append(answer.json()["id"])


def ended(url: str, headers: dict[str, str], import_id: str) -> dict[str, Any]:
    """The import once the market's jobs have finished it."""
    ends = time.monotonic() + DEADLINE
    while True:
        job: dict[str, Any] = httpx.get(f"{url}/v1/imports/{import_id}", headers=headers).json()
        if job["status"] in {"done", "failed"}:
            return job
        assert time.monotonic() < ends, job
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.promise("R6")
@pytest.mark.parametrize("seed", range(KILLS))
def test_a_server_that_is_killed_during_an_import_loses_nothing_and_invents_nothing(tmp_path, seed, record_property):
    market = f"sqlite:///{tmp_path}/market.db"
    tokens, _ = open_key_file(f"{tmp_path}/market.db.keys")
    token = tokens.sign(a_dealer(), now=datetime.now(UTC), lifetime=timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}"}
    acknowledged: list[str] = []

    with running(market=market) as server:
        drafting = Thread(target=draft_for_ever, args=(server.url, headers, acknowledged))
        drafting.start()
        begun = httpx.post(
            f"{server.url}/v1/imports", content=dealers_file(), headers={**headers, "Content-Type": "text/csv"}
        )
        assert begun.status_code == 202
        time.sleep(Random(seed).uniform(0, 1.2))
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        drafting.join()

    left = asyncio.run(inconsistencies(market))
    with running(market=market) as server:
        job = ended(server.url, headers, begun.json()["id"])
        kept = [httpx.get(f"{server.url}/v1/listings/{one}", headers=headers).status_code for one in acknowledged]

    record_property("on", "sqlite")
    record_property("figure", f"kill {seed}: {len(acknowledged)} drafts and 1 import acknowledged, 0 lost")
    assert left == []
    assert set(kept) <= {200}
    assert (job["status"], job["counts"]["added"], job["counts"]["failed"]) == ("done", ROWS, 0)
    assert asyncio.run(inconsistencies(market)) == []


@pytest.mark.mutant("R6")
def test_a_store_that_writes_events_after_the_state_is_caught(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.promises.dual_write", tmp_path / "market.db"], check=False, capture_output=True
    )

    assert done.returncode == -signal.SIGKILL, done.stderr
    assert any("its events tell []" in one for one in asyncio.run(inconsistencies(f"sqlite:///{tmp_path}/market.db")))
