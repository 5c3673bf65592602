"""
What only the SQLite adapter has: its file, its schema, its groups of writes, other processes on the same file.

It is long, for a file can be wrong in many ways.
"""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from carmarket import Settings, open_market
from carmarket.adapters.sqlite import Database, FileLeadership, offer
from carmarket.adapters.sqlite.catalog import _source, _where
from carmarket.adapters.sqlite.connections import prepare
from carmarket.adapters.sqlite.statements import FOLDER
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import ListingId
from carmarket.core.errors import ConflictError, InvalidError, UnavailableError
from carmarket.ports.backup import BACKUP
from carmarket.ports.catalog import LISTINGS, ListingFilter
from carmarket.ports.events import EVENTS
from carmarket.testing.builders import NOW, a_draft, a_published
from tests.logs import log_of

SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"


def without_comments(sql: str | None) -> str:
    lines = [line.partition("--")[0].strip() for line in (sql or "").splitlines()]
    return " ".join(" ".join(lines).split())


def test_the_migrations_make_the_schema(tmp_path):
    prepare(tmp_path / "migrated.db")
    with closing(sqlite3.connect(tmp_path / "migrated.db")) as migrated, closing(sqlite3.connect(":memory:")) as plain:
        plain.executescript(FOLDER.joinpath("schema.sql").read_text())

        made = [(*row[:3], without_comments(row[3])) for row in migrated.execute(SCHEMA)]
        meant = [(*row[:3], without_comments(row[3])) for row in plain.execute(SCHEMA)]

    assert made == meant
    assert {"listings", "bookings", "users", "reviews", "enquiries", "deliveries"} <= {row[1] for row in made}


def test_preparing_twice_is_safe(tmp_path):
    for _ in range(3):
        prepare(tmp_path / "market.db")


@pytest.mark.parametrize("statement", ["CREATE TABLE other (a)", "PRAGMA user_version = 7"])
async def test_a_database_of_something_else_is_refused(tmp_path, statement):
    with closing(sqlite3.connect(tmp_path / "other.db", isolation_level=None)) as other:
        other.execute(statement)

    with pytest.raises(InvalidError) as refused:
        await Database.open(tmp_path / "other.db")

    assert "something else" in refused.value.message


async def test_a_newer_schema_is_refused(tmp_path):
    prepare(tmp_path / "market.db")
    with closing(sqlite3.connect(tmp_path / "market.db", isolation_level=None)) as newer:
        newer.execute("PRAGMA user_version = 999")

    with pytest.raises(InvalidError) as refused:
        await Database.open(tmp_path / "market.db")

    assert "newer" in refused.value.message


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite://market.db", "sqlite:///no/such/folder/market.db"])
async def test_a_url_without_a_place_is_refused(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidError):
        async with offer(url):
            pass


async def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "market.db").write_text("This is a shopping list, and long enough to be taken for a header.\n" * 50)

    with pytest.raises(InvalidError) as refused:
        await Database.open(tmp_path / "market.db")

    assert "no database" in refused.value.message


async def test_one_work_that_fails_takes_no_other_of_its_group_with_it(tmp_path):
    database = await Database.open(tmp_path / "market.db")

    def insert(name: str):
        return lambda it: it.execute("INSERT INTO readers VALUES (?, 1)", (name,))

    def fail(it: sqlite3.Connection) -> None:
        it.execute("INSERT INTO readers VALUES ('half', 1)")
        raise KeyError

    try:
        results = await asyncio.gather(
            database.write(insert("a")),
            database.write(fail),
            database.write(insert("a")),
            database.write(insert("b")),
            return_exceptions=True,
        )
        names = await database.read(lambda it: [row[0] for row in it.execute("SELECT name FROM readers ORDER BY 1")])
    finally:
        await database.close()

    assert [type(result) for result in results[1:3]] == [KeyError, UnavailableError]
    assert names == ["a", "b"]


async def test_a_caller_that_is_cancelled_does_not_stop_its_write(tmp_path):
    database = await Database.open(tmp_path / "market.db")
    try:
        writing = asyncio.create_task(database.write(lambda it: it.execute("INSERT INTO readers VALUES ('a', 1)")))
        await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        await database.write(lambda it: it.execute("INSERT INTO readers VALUES ('b', 1)"))
        count = await database.read(lambda it: it.execute("SELECT count(*) FROM readers").fetchone()[0])
    finally:
        await database.close()

    assert count == 2


async def test_a_database_that_another_holds_for_too_long_is_unavailable(tmp_path, monkeypatch):
    monkeypatch.setattr("carmarket.adapters.sqlite.connections.BUSY_SECONDS", 0.05)
    database = await Database.open(tmp_path / "market.db")
    with closing(sqlite3.connect(tmp_path / "market.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(UnavailableError):
                await database.write(lambda it: it.execute("INSERT INTO readers VALUES ('a', 1)"))
            other.execute("ROLLBACK")
            await database.write(lambda it: it.execute("INSERT INTO readers VALUES ('a', 1)"))
        finally:
            await database.close()
    with pytest.raises(UnavailableError):
        await database.write(lambda it: it.execute("SELECT 1"))
    with pytest.raises(UnavailableError):
        await database.read(lambda it: it.execute("SELECT 1"))


async def test_a_copy_is_one_moment_of_a_database_in_use(tmp_path):
    async with offer(f"sqlite:///{tmp_path}/market.db") as market:
        listings, backup = await market.get(LISTINGS), await market.get(BACKUP)
        await listings.save_all([a_published(n) for n in range(1, 500)])
        written = 500

        async def write() -> None:
            nonlocal written
            while not copied.done():
                await listings.save(a_published(written))
                written += 1

        copied = asyncio.create_task(backup.copy_to(tmp_path / "copy.db"))
        await write()
        assert await copied > 0

    async with offer(f"sqlite:///{tmp_path}/copy.db") as copy:
        count = await (await copy.get(LISTINGS)).count(ListingFilter())
        assert 499 <= count < written
        assert await (await copy.get(EVENTS)).last() == count * 3

    async with offer(f"sqlite:///{tmp_path}/new.db") as new:
        await (await new.get(BACKUP)).restore_from(tmp_path / "copy.db")
        assert await (await new.get(LISTINGS)).count(ListingFilter()) == count
        await (await new.get(LISTINGS)).save(a_draft(9_999))
        assert await (await new.get(EVENTS)).last() == count * 3 + 1
        with pytest.raises(ConflictError):
            await (await new.get(BACKUP)).restore_from(tmp_path / "copy.db")
        with pytest.raises(InvalidError):
            await (await new.get(BACKUP)).restore_from(tmp_path / "none.db")


def test_of_two_processes_one_leads_until_it_dies(tmp_path):
    script = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from carmarket.adapters.sqlite import FileLeadership\n"
        "led = FileLeadership(Path(sys.argv[1]))\n"
        "print(asyncio.run(led.leads()), flush=True)\n"
        "sys.stdin.read()\n"
    )
    lock = tmp_path / "market.db.lock"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        mine = FileLeadership(lock)
        assert not asyncio.run(mine.leads())
        other.kill()
        other.wait()

        assert asyncio.run(mine.leads())
        mine.close()


async def test_a_change_by_another_process_reaches_the_index_within_a_second(tmp_path):
    url = f"sqlite:///{tmp_path}/market.db"
    script = (
        "import asyncio\n"
        "from carmarket import Settings, open_market\n"
        "from carmarket.testing.builders import a_published\n"
        "async def main():\n"
        f"    async with open_market(Settings(url={url!r}, search='memory://')) as market:\n"
        "        await market.stock.listings.save(a_published(1))\n"
        "asyncio.run(main())\n"
    )
    async with open_market(Settings(url=url, search="memory://")) as market:
        waiting = asyncio.create_task(log_of(market).wait(0, 30))
        done = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
        assert await done.wait() == 0
        async with asyncio.timeout(1):
            assert await waiting
            await market.keeper.catch_up()

        assert (await market.search.car(CarId(UUID(int=1)))).vehicle.make == "Volkswagen"


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (ListingFilter(seller=SellerId(UUID(int=1))), "listings_by_seller"),
        (ListingFilter(statuses=frozenset({ListingStatus.PENDING})), "listings_by_status"),
        (ListingFilter(statuses=frozenset({ListingStatus.PUBLISHED}), expires_by=NOW), "listings_by_expiry"),
        (ListingFilter(), "sqlite_autoindex_listings_1"),
    ],
)
def test_every_question_has_its_index(tmp_path: Path, wanted: ListingFilter, index: str):
    prepare(tmp_path / "market.db")
    where, values = _where(wanted, ListingId(UUID(int=5)))
    with closing(sqlite3.connect(tmp_path / "market.db")) as connection:
        plan = connection.execute(
            f"EXPLAIN QUERY PLAN SELECT document FROM {_source(wanted)} WHERE {where} ORDER BY id LIMIT 10", values
        ).fetchall()

    assert any(index in row[3] for row in plan), plan
