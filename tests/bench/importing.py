"""
G5: validated cars into the embedded store, beside the database's own INSERT..SELECT (the limit) and an ORM (the peer).

All three write the same listings and three events each, a thousand cars a transaction, each flushed to disk.
"""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from attrs import evolve
from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from carmarket.adapters.sqlite import Database, SqliteListingRepository
from carmarket.adapters.sqlite.connections import connect, prepare
from carmarket.codec.documents import encode
from carmarket.codec.events import encode_event
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.core.change import Change
from carmarket.core.period import milliseconds
from carmarket.testing.builders import NOW, a_vin
from tests.bench.clock import Work, goal, in_turn
from tests.bench.stock import demo_stock

CARS = 10_000
AT_ONCE = 1_000
COLUMNS = {
    "listings": "id, version, status, seller, vin, expires_at, document",
    "events": "key, version, type, type_version, at, data",
}


class Base(DeclarativeBase):
    pass


class ListingRow(Base):
    __tablename__ = "listings"
    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[bytes] = mapped_column(unique=True)
    version: Mapped[int]
    status: Mapped[str]
    seller: Mapped[bytes]
    vin: Mapped[str | None]
    expires_at: Mapped[int | None]
    document: Mapped[bytes]


class EventRow(Base):
    __tablename__ = "events"
    position: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[bytes]
    version: Mapped[int]
    type: Mapped[str]
    type_version: Mapped[int]
    at: Mapped[int]
    data: Mapped[bytes]


def changes() -> list[Change[Listing]]:
    """Cars that were drafted, submitted and published: decided, and not saved yet."""
    made = []
    for number, (details, price) in enumerate(itertools.islice(itertools.cycle(demo_stock()), CARS), start=1):
        drafted = Listing.draft(
            listing_id=ListingId(UUID(int=number << 70 | number)), seller=SellerId(UUID(int=number % 50)),
            details=evolve(details, vin=a_vin(number)), price=price, now=NOW,
        )  # fmt: skip
        made.append(drafted.then(lambda it: it.publish(now=NOW, reviewed=True)))
    return made


def batches(rows: Sequence[Any]) -> list[Sequence[Any]]:
    return [rows[at : at + AT_ONCE] for at in range(0, len(rows), AT_ONCE)]


def g5() -> dict[str, Any]:
    made = changes()
    with TemporaryDirectory() as folder:
        names = itertools.count()

        def fresh() -> Path:
            return Path(folder) / f"{next(names)}.db"

        staged = fresh()
        asyncio.run(_save(staged, made))
        ways: dict[str, Work] = {
            "ours": lambda: asyncio.run(_save(fresh(), made)),
            "limit": lambda: _copy(fresh(), staged),
            "peer": lambda: _map(fresh(), made),
        }
        for way in ways.values():
            way()
        taken = in_turn(ways, rounds=5, warm=0)
        for number in range(next(names)):
            _demand_whole(Path(folder) / f"{number}.db")
    ours, limit, peer = (CARS / taken[name] for name in ("ours", "limit", "peer"))
    return goal(
        ours=ours, limit=limit, peer=peer, target=">= 0.6x limit", met=ours >= 0.6 * limit, unit="cars/s",
        more_is_better=True,
    )  # fmt: skip


async def _save(path: Path, made: Sequence[Change[Listing]]) -> None:
    database = await Database.open(path)
    listings = SqliteListingRepository(database)
    for batch in batches(made):
        assert not await listings.save_all(batch)
    await database.close()


def _copy(path: Path, staged: Path) -> None:
    """Rows that are encoded already, moved by the database itself."""
    prepare(path)
    with closing(connect(path)) as connection:
        connection.execute("ATTACH ? AS staged", (str(staged),))
        for first in range(1, CARS + 1, AT_ONCE):
            connection.execute("BEGIN IMMEDIATE")
            for table, number, each in (("listings", "number", 1), ("events", "position", 3)):
                columns = COLUMNS[table]
                low, high = (first - 1) * each + 1, (first - 1 + AT_ONCE) * each
                connection.execute(
                    f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM staged.{table}"
                    f" WHERE {number} BETWEEN ? AND ? ORDER BY {number}",
                    (low, high),
                )
            connection.execute("COMMIT")


def _map(path: Path, made: Sequence[Change[Listing]]) -> None:
    """SQLAlchemy's unit of work over the same tables, with the documents encoded as ours are."""
    prepare(path)
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def begin(connection: sqlite3.Connection, _: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    for batch in batches(made):
        with Session(engine) as session:
            for change in batch:
                session.add(_listing_row(change.state))
                session.add_all(_event_row(told) for told in change.events)
            session.commit()
    engine.dispose()


def _listing_row(listing: Listing) -> ListingRow:
    return ListingRow(
        id=listing.id.bytes, version=listing.version, status=listing.status.value, seller=listing.seller.bytes,
        vin=listing.details.vin, expires_at=milliseconds(listing.expires_at) if listing.expires_at else None,
        document=encode(listing),
    )  # fmt: skip


def _event_row(told: Any) -> EventRow:
    return EventRow(
        key=told.key.bytes, version=told.version, type=told.type, type_version=told.type_version,
        at=milliseconds(told.at), data=encode_event(told),
    )  # fmt: skip


def _demand_whole(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COLUMNS]
    assert counts == [CARS, 3 * CARS], counts
