"""
A market moves from one file into the six genuine stores and back, by the command line, and lives on in each.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from carmarket import Money, SearchQuery, Settings, Vehicle, open_market
from carmarket.adapters.memory import MemoryClock
from carmarket.bootstrap import prepare_stores
from carmarket.core.catalog.photos import public_key
from carmarket.core.letters import LetterKind
from carmarket.services.market import Market
from carmarket.testing.builders import NOW, some_details
from tests.conftest import in_database
from tests.distributed import settings_of
from tests.e2e.story.by_library import WORD, ByLibrary
from tests.lively import FakeCourier, Lived, letters, liven
from tests.rows import rows_of

NAMED = ("url", "users", "search", "events", "cache", "photos", "keys", "mail")


@pytest.fixture
def embedded(tmp_path: Path) -> Settings:
    return Settings(url=f"sqlite:///{tmp_path}/garage.db", mail="memory://")


@pytest.fixture
async def distributed(server_of: Callable[[str], str], open_postgres: Any, tmp_path: Path) -> Settings:
    """Six stores that are prepared, and empty."""
    open_postgres()
    settings = settings_of(server_of, open_postgres.urls[-1], tmp_path)
    await prepare_stores(settings)
    return settings


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """A database of PostgreSQL in which nothing is made yet."""
    name = f"new_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield in_database(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def write(settings: Settings, folder: Path) -> None:
    """As a file that names each store."""
    named = "".join(f"{name} = '{getattr(settings, name)}'\n" for name in NAMED)
    (folder / "market.toml").write_text(f"[carmarket]\n{named}")


def ran(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARMARKET_")}
    return subprocess.run(
        [Path(sys.executable).with_name("carmarket"), "copy", *arguments, "--json"], cwd=folder, env=environment,
        capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip


def copied(folder: Path, *arguments: str) -> Sequence[dict[str, Any]]:
    """What it prints."""
    done = ran(folder, *arguments)
    assert done.returncode == 0, done.stderr + done.stdout
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


async def found(market: Market, words: str = "") -> set[str]:
    page = (await market.search.find(SearchQuery(words=words), limit=100)).page
    assert page.total == len(page.hits)
    return {str(hit.car.id) for hit in page.hits}


async def lives_on(settings: Settings, lived: Lived, clock: MemoryClock, cars: dict[str, set[str]]) -> None:
    """Nobody is told of the copy; a log-in and a session of before count; the same is found, with its pictures."""
    courier = FakeCourier()
    async with open_market(settings, clock=clock, courier=courier) as market:
        await market.settle()
        assert (letters(market), courier.posted) == (0, [])
        login = await market.users.sessions.log_in(email=lived.seeker.email, password=WORD)
        assert (await market.users.sessions.refresh(lived.refresh)).user.id == login.user.id
        assert {words: await found(market, words) for words in cars} == cars
        fallback = market.stock.fallback
        if fallback is not None:
            assert {str(hit.car.id) for hit in (await fallback.find(SearchQuery(), limit=100)).hits} == cars[""]
        pictured = await market.stock.listings.get(lived.pictured)
        assert pictured is not None
        pictures = [await market.stock.blobs.get(public_key(one.id, "large")) for one in pictured.photos.ready]
        assert len(pictures) == 2
        assert all(pictures)


async def things_happen(settings: Settings, lived: Lived, clock: MemoryClock) -> None:
    """A car comes that somebody waits for: they are told of that one, and by what has moved with them."""
    courier = FakeCourier()
    async with open_market(settings, clock=clock, courier=courier) as market:
        ways = ByLibrary(market, clock)
        login = await market.users.sessions.log_in(email="dora@example.com", password=WORD)
        tesla = some_details(vehicle=Vehicle(make="Tesla", model="Model Y", model_year=2022))
        car = await market.catalog.draft(login.actor, details=tesla, price=Money(30_000_00, "EUR"))
        await market.catalog.publish(login.actor, car.id)
        await market.settle()
        told = [(one.kind, one.facts["car"]) for one in await ways.letters_to(lived.seeker.email)]
        assert told == [(LetterKind.ALERT, "2022 Tesla Model Y")]
        assert str(car.id) in await found(market, "tesla")
        assert {one.event.key for one in courier.posted} == {car.id}
        await ways.hours_pass(1)


async def test_a_market_moves_into_six_stores_and_back_and_lives_on(embedded, distributed, tmp_path):
    clock = MemoryClock(NOW)
    async with open_market(embedded, clock=clock, courier=FakeCourier()) as market:
        lived = await liven(market, clock)
        assert letters(market)
        cars = {words: await found(market, words) for words in ("", "golf", "vw glof", "tesla größe")}
        assert all(cars.values())
    shutil.copy2(tmp_path / "garage.db.keys", str(distributed.keys))
    write(distributed, tmp_path)
    back, later = (Settings(url=f"sqlite:///{tmp_path}/{name}.db", mail="memory://") for name in ("back", "later"))
    for one in ("back", "later"):
        shutil.copy2(tmp_path / "garage.db.keys", tmp_path / f"{one}.db.keys")

    there = await asyncio.to_thread(copied, tmp_path, embedded.url, "market.toml")
    repeated = await asyncio.to_thread(copied, tmp_path, embedded.url, "market.toml")
    again = await asyncio.to_thread(copied, tmp_path, "market.toml", back.url)

    assert repeated == there
    assert all(one["is_equal"] and one["there"]["count"] for one in (*there, *again))
    assert [one["there"] for one in there] == [one["here"] for one in again]
    original = rows_of(tmp_path / "garage.db")
    assert rows_of(tmp_path / "back.db") == original
    assert {name for name, rows in original.items() if not rows} == {"parked_events"}

    await lives_on(distributed, lived, clock, cars)
    await lives_on(back, lived, clock, cars)
    await things_happen(distributed, lived, clock)
    anew = await asyncio.to_thread(copied, tmp_path, "market.toml", later.url)
    assert all(one["is_equal"] for one in anew)
    assert rows_of(tmp_path / "later.db") != original
    async with open_market(later, clock=clock) as market:
        assert len(await found(market, "tesla")) == len(cars["tesla größe"]) + 1


async def test_stores_that_are_not_prepared_are_told_of(server_of, embedded, tmp_path):
    async with open_market(embedded):
        pass
    with new_database(server_of("postgres")) as postgres:
        settings = settings_of(server_of, postgres, tmp_path)
        write(settings, tmp_path)
        shutil.copy2(tmp_path / "garage.db.keys", str(settings.keys))

        refused = await asyncio.to_thread(ran, tmp_path, embedded.url, "market.toml")

    assert refused.returncode == 6
    assert "run carmarket migrate" in refused.stderr
