"""
Outboxes: PostgreSQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from carmarket.adapters.postgres import PostgresOutbox
from carmarket.adapters.postgres.events import SQL
from carmarket.codec.events import decode_event
from carmarket.core.catalog.listing import Listing
from carmarket.core.money import Money
from carmarket.ports.catalog import LISTINGS
from carmarket.ports.events import OUTBOX, EventPublisher
from carmarket.testing.builders import NOW, a_draft
from carmarket.testing.contracts.outbox import OutboxContract, Told


class TestPostgresOutbox(OutboxContract):
    @pytest.fixture
    def open_outbox(self, open_postgres: Any) -> Any:
        return postgres_told(open_postgres, lambda outbox: outbox)


class WithoutParts(PostgresOutbox):
    """A mutant: relays share all rows and step over those that others have, whosever key they are of."""

    async def relay(self, publisher: EventPublisher, *, limit: int = 500) -> int:
        async def relay(cursor: Any) -> int:
            await cursor.execute(
                "SELECT number, type, type_version, data FROM outbox ORDER BY number LIMIT %(limit)s "
                "FOR UPDATE SKIP LOCKED",
                {"limit": limit},
            )
            rows = await cursor.fetchall()
            if rows:
                await publisher.publish([decode_event(name, version, data) for _, name, version, data in rows])
                await cursor.execute(SQL["published"], {"numbers": [row[0] for row in rows]})
            return len(rows)

        return await self._database.transact(relay)


@pytest.mark.mutant("R7")
async def test_relays_that_share_no_parts_turn_the_order_of_a_key_round(open_postgres):
    suite = TestPostgresOutbox()
    for _ in range(5):
        async with postgres_told(open_postgres, lambda outbox: WithoutParts(outbox._database, outbox._bell))() as told:
            try:
                await suite.test_several_who_relay_while_many_write_lose_nothing_and_turn_nothing_round(told)
            except AssertionError:
                return
    pytest.fail("nothing was turned round")


def postgres_told(open_postgres: Any, kind: Any) -> Any:
    """A database over four pools, each as a process of its own would have it."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Told]:
        async with AsyncExitStack() as stack:
            first = open_postgres()
            offers = [await stack.enter_async_context(first)]
            offers += [await stack.enter_async_context(open_postgres.again()) for _ in range(3)]
            listings = await offers[0].get(LISTINGS)
            states: dict[int, Listing] = {}
            prices: Counter[int] = Counter()

            async def tell(number: int) -> None:
                prices[number] += 1
                known = states.get(number)
                price = Money(1_000 + prices[number], "USD")
                change = a_draft(number) if known is None else known.reprice(price, now=NOW)
                states[number] = change.state
                await listings.save(change)

            yield Told([kind(await offer.get(OUTBOX)) for offer in offers], tell)

    return opened
