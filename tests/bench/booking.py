"""
G8: bookings a second in the embedded store, each flushed to disk: beside the same transaction without the look at the
neighbour (the limit), and, on a car that is booked up, beside the usual test for overlaps (the peer).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from carmarket.adapters.sqlite import Database, SqliteBookingRepository, SqliteBookingRules
from carmarket.adapters.sqlite.booking import RECORD, SQL
from carmarket.adapters.sqlite.events import event_rows
from carmarket.codec.documents import encode
from carmarket.core.booking.booking import Booking
from carmarket.core.catalog.car import CarId
from carmarket.core.change import Change
from carmarket.core.period import milliseconds
from carmarket.testing.bookings import CAR, a_bookable_car, a_hold, from_to
from tests.bench.clock import Work, goal, in_turn

BOOKINGS, CLIENTS = 3_000, 32
HOT = 8_000
"""Bookings that a hot car has already."""
NAIVE = """
SELECT 1 FROM bookings
WHERE car = ?1 AND begins < ?3 AND ends > ?2 AND status IN ('held', 'requested', 'confirmed') LIMIT 1
"""
Add = Callable[[Database, Change[Booking]], Any]


async def ours(database: Database, change: Change[Booking]) -> None:
    await SqliteBookingRepository(database).add(change)


async def without_a_look(database: Database, change: Change[Booking]) -> None:
    await database.write(lambda it: _insert(it, change))


async def naive(database: Database, change: Change[Booking]) -> None:
    """The overlap test that people write, with the same index to help it."""
    blocked = change.state.blocked
    values = change.state.car_id.bytes, milliseconds(blocked.start), milliseconds(blocked.end)

    def work(connection: Any) -> None:
        assert connection.execute(NAIVE, values).fetchone() is None
        _insert(connection, change)

    await database.write(work)


def _insert(connection: Any, change: Change[Booking]) -> None:
    one = change.state
    row = (
        one.id.bytes, one.version, one.status.value, one.car_id.bytes, one.seller.bytes, one.customer.bytes,
        milliseconds(one.blocked.start), milliseconds(one.blocked.end), None, encode(one),
    )  # fmt: skip
    connection.execute(SQL["insert"], row)
    connection.executemany(RECORD, event_rows(change.events))


def spread() -> list[Change[Booking]]:
    """Bookings of many cars."""
    return [a_hold(n, from_to(1 + n, 2 + n), car_id=CarId(UUID(int=1 + n % 500))) for n in range(1, BOOKINGS + 1)]


def hot(first: int, count: int) -> list[Change[Booking]]:
    """Bookings of one car for an hour each, one behind the other."""
    return [a_hold(n, from_to(1 + n, 2 + n)) for n in range(first, first + count)]


def g8() -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        names = (Path(folder) / f"{n}.db" for n in itertools.count())
        wide, before, behind = spread(), hot(1, HOT), hot(HOT + 1, 300)
        crowded = [next(names), next(names)]
        for path in crowded:
            asyncio.run(_run(path, before, without_a_look))
        ways: dict[str, Work] = {
            "ours": lambda: asyncio.run(_run(next(names), wide, ours)),
            "limit": lambda: asyncio.run(_run(next(names), wide, without_a_look)),
            "hot": lambda: asyncio.run(_again(crowded[0], behind, ours)),
            "naive": lambda: asyncio.run(_again(crowded[1], behind, naive)),
        }
        taken = in_turn(ways, rounds=5)
    mine, limit = BOOKINGS / taken["ours"], BOOKINGS / taken["limit"]
    busy, peer = len(behind) / taken["hot"], len(behind) / taken["naive"]
    return goal(
        ours=mine, limit=limit, peer=peer, target=">= 0.8x limit; hot car >= 20x naive",
        met=mine >= 0.8 * limit and busy >= 20 * peer, unit="bookings/s", more_is_better=True,
    ) | {"hot_car": busy, "to_peer": busy / peer}  # fmt: skip


async def _run(path: Path, changes: Sequence[Change[Booking]], add: Add) -> None:
    database = await Database.open(path)
    await SqliteBookingRules(database).tell_cars([a_bookable_car(CAR), *_cars()])
    await _add_all(database, changes, add)
    await database.close()


async def _again(path: Path, changes: Sequence[Change[Booking]], add: Add) -> None:
    """On a database that is full already; what is added is taken out again, so that each round finds the same."""
    database = await Database.open(path)
    await _add_all(database, changes, add)
    ids = [(change.state.id.bytes,) for change in changes]
    await database.write(lambda it: it.executemany("DELETE FROM bookings WHERE id = ?", ids).rowcount)
    await database.close()


async def _add_all(database: Database, changes: Sequence[Change[Booking]], add: Add) -> None:
    rest = iter(changes)

    async def client() -> None:
        for change in rest:
            await add(database, change)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


def _cars() -> Iterator[Any]:
    return (a_bookable_car(CarId(UUID(int=1 + n))) for n in range(500))
