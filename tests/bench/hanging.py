"""
G13: PostgreSQL hangs for some seconds while people ask. How long the slowest of them waits, and when the first has an
answer again; beside the driver's pool as it comes (the peer). The limit is the deadline itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any
from uuid import UUID

from psycopg import Error
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from carmarket.adapters.postgres import Database, PostgresListingRepository
from carmarket.adapters.postgres.database import DEADLINE
from carmarket.core.catalog.listing import ListingId
from carmarket.core.errors import UnavailableError
from tests.bench.clock import goal
from tests.bench.server import own_postgres
from tests.servers.processes import Server

CLIENTS, SECONDS, PATIENCE = 20, 35.0, 60.0
Ask = Callable[[], Awaitable[object]]


def g13() -> dict[str, Any]:
    with own_postgres() as server:
        slowest, recovered = asyncio.run(_ours(server))
        peer_slowest, peer_recovered = asyncio.run(_peer(server))
    return goal(
        ours=slowest, limit=DEADLINE, peer=peer_slowest, target="slowest <= 1.5 s, used again <= 1 s after",
        met=slowest <= 1.5 and recovered <= 1, unit="s", more_is_better=False,
    ) | {"recovered": recovered, "peer_recovered": peer_recovered}  # fmt: skip


async def _ours(server: Server) -> tuple[float, float]:
    database = Database(server.url)
    listings = PostgresListingRepository(database)
    told = await _hung(server, lambda: listings.get(ListingId(UUID(int=1))))
    await database.close()
    return told


async def _peer(server: Server) -> tuple[float, float]:
    async with AsyncConnectionPool(server.url, open=False) as pool:

        async def ask() -> object:
            async with pool.connection() as connection:
                return await (await connection.execute("SELECT 1")).fetchone()

        return await _hung(server, ask)


async def _hung(server: Server, ask: Ask) -> tuple[float, float]:
    """Seconds of the slowest who asked while it hung, and until the first answer after that."""
    waited: list[float] = []
    is_over = asyncio.Event()

    async def client() -> None:
        while not is_over.is_set():
            begun = perf_counter()
            await _answered(ask)
            waited.append(perf_counter() - begun)
            await asyncio.sleep(0.05)

    for _ in range(3):
        await ask()
    server.freeze()
    clients = [asyncio.create_task(client()) for _ in range(CLIENTS)]
    await asyncio.sleep(SECONDS)
    is_over.set()
    server.thaw()
    begun = perf_counter()
    while not await _answered(ask) and perf_counter() - begun < PATIENCE:  # noqa: ASYNC110  what hangs tells nobody
        await asyncio.sleep(0.02)
    recovered = perf_counter() - begun
    await asyncio.gather(*clients)
    return max(waited), recovered


async def _answered(ask: Ask) -> bool:
    try:
        await ask()
    except (UnavailableError, Error, PoolTimeout):
        return False
    return True
