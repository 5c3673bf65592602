"""
A server that stands still, is away, or is killed while people write.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from time import perf_counter

import pytest

from carmarket.adapters.mongo import offer as mongo_offer
from carmarket.core.errors import UnavailableError
from carmarket.ports.events import OUTBOX
from carmarket.ports.preparing import PREPARATION
from carmarket.ports.users import SESSIONS, USERS
from carmarket.testing.contracts.outbox import Published, emptied
from carmarket.testing.users import a_session, a_user
from tests.servers import secantus
from tests.servers.processes import Server, free_ports

# PyMongo leaves a socket open whose connecting is cancelled; Python warns of it when it is collected.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
SOON = 1.5
"""Seconds; MongoDB has one of them."""
WRITERS = 4
ENOUGH = 40


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What a test leaves is collected with it, and not in the middle of another."""
    yield
    gc.collect()


async def refused_after(call: Callable[[], Awaitable[object]]) -> float:
    start = perf_counter()
    with pytest.raises(UnavailableError):
        await call()
    return perf_counter() - start


async def test_a_server_that_stands_still_is_unavailable_soon_and_serves_again(server):
    async with mongo_offer(server.url) as offer:
        users, sessions, outbox = await offer.get(USERS), await offer.get(SESSIONS), await offer.get(OUTBOX)
        await users.save(a_user(1))
        server.freeze()

        waits = await asyncio.gather(
            refused_after(lambda: users.get(a_user(1).state.id)),
            refused_after(lambda: users.save(a_user(2))),
            refused_after(lambda: sessions.save(a_session(1))),
            refused_after(lambda: outbox.relay(Published())),
            refused_after(outbox.waiting),
        )
        server.thaw()

        assert max(waits) < SOON
        async with asyncio.timeout(10):
            while True:
                with suppress(UnavailableError):
                    assert await users.get(a_user(1).state.id) == a_user(1).state
                    break


async def test_a_store_opens_while_its_server_is_away_and_says_so_soon():
    (port,) = free_ports(1)
    start = perf_counter()

    async with mongo_offer(f"mongodb://127.0.0.1:{port}/carmarket") as offer:
        users, preparation = await offer.get(USERS), await offer.get(PREPARATION)
        assert perf_counter() - start < SOON

        assert await refused_after(lambda: users.save(a_user())) < SOON
        assert await refused_after(preparation.prepare) < SOON


async def test_a_server_that_goes_is_unavailable_soon(server):
    async with mongo_offer(server.url) as offer:
        users = await offer.get(USERS)
        await users.save(a_user(1))
        server.stop()

        assert await refused_after(lambda: users.save(a_user(2))) < SOON


@pytest.mark.promise("R6")
async def test_what_was_acknowledged_survives_a_kill_with_its_events(server, record_property):
    acknowledged: list[int] = []
    attempted: list[int] = []
    many = asyncio.Event()
    async with mongo_offer(server.url) as offer:
        users = await offer.get(USERS)

        async def write(writer: int) -> None:
            with suppress(UnavailableError):
                for number in range(writer, 10_000, WRITERS):
                    attempted.append(number)
                    await users.save(a_user(number))
                    acknowledged.append(number)
                    if len(acknowledged) >= ENOUGH:
                        many.set()

        writing = [asyncio.create_task(write(writer)) for writer in range(1, WRITERS + 1)]
        await many.wait()
        server.kill()
        await asyncio.gather(*writing)

    again = await asyncio.to_thread(_again, server)
    try:
        async with mongo_offer(again.url) as offer:
            users, published = await offer.get(USERS), Published()
            found = {number for number in attempted if await users.get(a_user(number).state.id)}
            await emptied(await offer.get(OUTBOX), published)
    finally:
        again.stop()

    assert set(acknowledged) <= found
    assert {event.key.int for event in published.events} == found
    assert len(published.events) == len(found)
    record_property("on", "mongo")
    record_property("figure", f"killed after {len(acknowledged)} acknowledged writes: 0 lost")


def _again(server: Server) -> Server:
    """The same data on the same port."""
    return secantus.launch(server.folder, int(server.url.rpartition(":")[2].partition("/")[0]))
