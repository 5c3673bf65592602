"""
What there is to see in a market of the demo.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from carmarket.bootstrap import open_market
from carmarket.core.booking.booking import Booking
from carmarket.core.users.ids import DealerId
from carmarket.entrypoints.cli.demo.people import CUSTOMERS, OWNERS
from carmarket.entrypoints.cli.running import operator, seller_named
from carmarket.services.market import Market

LOG_IN = re.compile(r"^  (\S+@\S+\.example)  +(\S+)$", re.MULTILINE)
"""An address and a role, as the demo prints them."""


def on(folder: Path, act: Callable[[Market], Awaitable[Any]]) -> Any:
    """What comes of acting on the market of this folder."""

    async def acted() -> Any:
        async with open_market(f"sqlite:///{folder}/market.db", with_index=False) as market:
            return await act(market)

    return asyncio.run(acted())


async def bookings(market: Market) -> Sequence[Booking]:
    found: list[Booking] = []
    for person in CUSTOMERS:
        user = await market.stock.users.get(person.id)
        assert user is not None
        found += await market.booking.find(await market.users.sessions.actor_of(user), limit=1_000)
    return found


async def told(market: Market) -> Any:
    """All that people see of the history, without its times."""
    dealers = [DealerId(seller_named(name)) for name in sorted(OWNERS)]
    public = {dealer: await market.reviews.of_seller(seller_named(str(dealer)), limit=100) for dealer in dealers}
    return (
        sorted((one.id, one.status, one.kind, one.reason) for one in await bookings(market)),
        [(one.id, one.stars, one.text, one.reply and one.reply.text) for those in public.values() for one in those],
        sorted(one.id for one in await market.reviews.queue(operator(), limit=100)),
        sorted(
            (one.id, one.status, len(one.messages))
            for one in await market.enquiries.of_seller(operator(), None, limit=100)
        ),
    )
