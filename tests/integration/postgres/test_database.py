"""
What only the PostgreSQL adapter has: its schema, its commands, a server that is away, several processes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
import pytest

from carmarket.adapters.postgres import migrate
from carmarket.adapters.postgres import offer as open_stores
from carmarket.adapters.postgres.booking import SQL as BOOKING
from carmarket.adapters.postgres.catalog import SQL as LISTINGS_SQL
from carmarket.adapters.postgres.events import SQL as EVENTS_SQL
from carmarket.adapters.postgres.events import told
from carmarket.adapters.postgres.statements import migrations
from carmarket.core.errors import InvalidError, UnavailableError
from carmarket.ports.catalog import LISTINGS
from carmarket.ports.events import EVENTS, LEADERSHIP
from carmarket.testing.builders import a_draft, a_published
from tests.conftest import in_database
from tests.servers import postgres
from tests.servers.processes import Server


@pytest.fixture
def url(server_of: Any, postgres_template: str, open_postgres: Any) -> str:
    """A new, migrated database."""
    open_postgres()
    made: str = open_postgres.urls[-1]
    return made


@pytest.fixture
def own(server_of: Any, tmp_path: Path) -> Any:
    """A server that a test may freeze and kill, with a migrated database."""
    server_of("postgres")  # or there is none
    folder = tmp_path / "own"
    folder.mkdir()
    server = postgres.start(folder)
    asyncio.run(migrate(server.url))
    yield server
    server.thaw()
    server.stop()


async def test_migrating_twice_and_by_many_at_once_is_safe(server_of):
    name = f"migrated_{os.getpid()}"
    async with await psycopg.AsyncConnection.connect(server_of("postgres"), autocommit=True) as connection:
        await connection.execute(f"CREATE DATABASE {name}")
        try:
            done = await asyncio.gather(*(migrate(in_database(server_of("postgres"), name)) for _ in range(4)))

            assert sorted(done) == [0, 0, 0, max(migrations())]
            assert await migrate(in_database(server_of("postgres"), name)) == 0
        finally:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_a_schema_of_a_newer_version_is_refused(url):
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("INSERT INTO schema_migrations VALUES (9999)")

    with pytest.raises(InvalidError) as refused:
        await migrate(url)

    assert refused.value.value == "schema 9999"


async def test_one_process_leads_and_another_takes_over(url):
    async with open_stores(url) as second:
        other = await second.get(LEADERSHIP)
        async with open_stores(url) as first:
            leading = await first.get(LEADERSHIP)
            assert await leading.leads()
            assert not await other.leads()
            assert await leading.leads()

        await until(other.leads)  # the server has to see first that the connection is gone


async def test_what_commits_late_is_in_the_log_behind_what_was_read(url):
    """The same numbers, drawn in order and committed in the other one, are lost to who goes by them alone."""
    async with open_stores(url) as offer, await psycopg.AsyncConnection.connect(url) as slow:
        log, listings = await offer.get(EVENTS), await offer.get(LISTINGS)
        late = a_draft(1)
        await slow.execute(EVENTS_SQL["tell"], told(late.events))
        await listings.save(a_draft(2))
        before = await log.read(0, 10)
        await slow.commit()

        after = await log.read(before[-1].position, 10)

    assert [one.event.key.int for one in before] == [2]
    assert [one.event for one in after] == list(late.events)


@pytest.mark.mutant("R7")
async def test_a_cursor_over_the_numbers_loses_what_commits_late(url):
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as reader:
        async with await psycopg.AsyncConnection.connect(url) as slow:
            await slow.execute(EVENTS_SQL["tell"], told(a_draft(1).events))
            async with open_stores(url) as offer:
                await (await offer.get(LISTINGS)).save(a_draft(2))
            last = (await (await reader.execute("SELECT max(number) FROM outbox")).fetchall())[0][0]
            await slow.commit()

        found = await (await reader.execute("SELECT key FROM outbox WHERE number > %s", (last,))).fetchall()

    assert found == []


async def test_what_is_asked_often_is_found_by_an_index(url):
    keys = {"id": a_draft(1).state.id, "after": a_draft(1).state.id, "limit": 20, "part": 1}
    asked = {
        "listings_pkey": LISTINGS_SQL["get"],
        "listings_by_seller": "SELECT document FROM listings WHERE seller = %(id)s ORDER BY id LIMIT 20",
        "outbox_by_part": EVENTS_SQL["claim"],
        "bookings_disjoint": BOOKING["blockers"],
        "bookings_by_customer": "SELECT document FROM bookings WHERE customer = %(id)s ORDER BY id LIMIT 20",
    }
    values = {**keys, "car": keys["id"], "begins": None, "ends": None}
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("SET enable_seqscan = off")  # tables are empty, and would be walked
        for index, sql in asked.items():
            plan = await (await connection.execute(f"EXPLAIN {sql}", values)).fetchall()
            assert index in str(plan), (sql, plan)


async def test_a_frozen_server_is_told_in_time_and_used_again_at_once(own):
    async with open_stores(own.url) as offer:
        listings = await offer.get(LISTINGS)
        await listings.save(a_published(1))
        own.freeze()
        took = []
        for number in range(2, 5):
            begun = perf_counter()
            with pytest.raises(UnavailableError):
                async with asyncio.timeout(10):
                    await listings.save(a_draft(number))
            took.append(perf_counter() - begun)
        own.thaw()
        begun = perf_counter()
        await _until_saved(listings, 9)

        assert max(took) < 2, took
        assert perf_counter() - begun < 3


async def test_what_was_acknowledged_survives_a_server_that_is_killed(own):
    saved: list[int] = []

    async def write(listings: Any) -> None:
        for number in range(1, 2_000):
            await listings.save(a_draft(number))
            saved.append(number)

    async with open_stores(own.url) as offer:
        listings = await offer.get(LISTINGS)
        writing = asyncio.create_task(write(listings))
        await until(lambda: _now(len(saved) >= 100))
        own.kill()
        with pytest.raises(UnavailableError):
            await writing
        again = await asyncio.to_thread(_again, own)
        try:
            await _until_saved(listings, 5_000)
            kept = {one.id.int for one in await listings.get_many([a_draft(n).state.id for n in saved[:1_000]])}
            events = await (await offer.get(EVENTS)).read(0, 10_000)
        finally:
            again.stop()

    assert kept >= set(saved[:1_000])
    assert {one.event.key.int for one in events} >= set(saved)


def _again(server: Server) -> Server:
    """On the same port; once it may find shared memory of its old self."""
    server.stop()  # or its remains stand in the way
    port = int(server.url.rpartition(":")[2].partition("/")[0])
    for left in (3, 2, 1, 0):
        try:
            return postgres.launch(server.folder, port)
        except Exception:
            if not left:
                raise
    raise AssertionError


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while True:
            if await is_so():
                return
            await asyncio.sleep(0.01)


async def _now(is_so: bool) -> bool:  # noqa: FBT001  what it says
    return is_so


async def _until_saved(listings: Any, number: int) -> None:
    async def is_saved() -> bool:
        with suppress(UnavailableError):
            await listings.save(a_draft(number))
            return True
        return False

    await until(is_saved)
