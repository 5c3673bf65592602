"""
G5 on PostgreSQL: validated cars into listings and outbox, beside the database's own INSERT..SELECT of rows that are
there already (the limit), and beside executemany (the peer). A thousand cars a transaction, each flushed to disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

import psycopg

from carmarket.adapters.postgres import Database, PostgresListingRepository
from carmarket.adapters.postgres.catalog import _values
from carmarket.adapters.postgres.events import told_rows
from carmarket.core.catalog.listing import Listing
from carmarket.core.change import Change
from tests.bench.clock import Work, goal, in_turn
from tests.bench.importing import AT_ONCE, CARS, batches, changes
from tests.bench.server import own_postgres

LISTINGS = "id, version, status, seller, vin, expires_at, document"
EVENTS = "part, key, version, type, type_version, at, data"
STAGE = f"""
CREATE TABLE staged_listings AS SELECT row_number() OVER (ORDER BY id) AS row, {LISTINGS} FROM listings;
CREATE TABLE staged_events AS SELECT number AS row, {EVENTS} FROM outbox;
CREATE INDEX ON staged_listings (row);
CREATE INDEX ON staged_events (row);
ANALYZE
"""


def g5_on_postgres() -> dict[str, Any]:
    made = changes()
    with own_postgres() as server:
        asyncio.run(_save(server.url, made))
        _stage(server.url)
        ways: dict[str, Work] = {
            "ours": lambda: asyncio.run(_save(server.url, made)),
            "limit": partial(_move, server.url),
            "peer": partial(_insert, server.url, made),
        }
        taken = in_turn(ways, rounds=5)
        assert _counted(server.url) == (CARS, 3 * CARS)
    ours, limit, peer = (CARS / taken[name] for name in ("ours", "limit", "peer"))
    return goal(
        ours=ours, limit=limit, peer=peer, target=">= 0.6x limit", met=ours >= 0.6 * limit, unit="cars/s",
        more_is_better=True,
    )  # fmt: skip


async def _save(url: str, made: Sequence[Change[Listing]]) -> None:
    database = Database(url)
    await database.rows("TRUNCATE listings, outbox RESTART IDENTITY")
    listings = PostgresListingRepository(database)
    for batch in batches(made):
        assert not await listings.save_all(batch)
    await database.close()


def _stage(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in STAGE.split(";"):
            connection.execute(statement)


def _move(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE listings, outbox RESTART IDENTITY")
        for first in range(1, CARS + 1, AT_ONCE):
            with connection.transaction():
                for table, staged, columns, each in (
                    ("listings", "staged_listings", LISTINGS, 1), ("outbox", "staged_events", EVENTS, 3),
                ):  # fmt: skip
                    low, high = (first - 1) * each + 1, (first - 1 + AT_ONCE) * each
                    connection.execute(
                        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {staged}"
                        " WHERE row BETWEEN %s AND %s ORDER BY row",
                        (low, high),
                    )


def _insert(url: str, made: Sequence[Change[Listing]]) -> None:
    """Row for row, in the pipeline that executemany makes of it."""
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE listings, outbox RESTART IDENTITY")
        for batch in batches(made):
            with connection.transaction():
                cursor.executemany(
                    f"INSERT INTO listings ({LISTINGS}) VALUES (%s, %s, %s, %s, %s, %s, %s)",
                    [_values(change.state) for change in batch],
                )
                cursor.executemany(
                    f"INSERT INTO outbox ({EVENTS}) VALUES (%s, %s, %s, %s, %s, %s, %s)",
                    list(told_rows([event for change in batch for event in change.events])),
                )


def _counted(url: str) -> tuple[int, int]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT (SELECT count(*) FROM listings), (SELECT count(*) FROM outbox)").fetchone()
    assert found is not None
    return found[0], found[1]
