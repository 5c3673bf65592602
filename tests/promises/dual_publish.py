"""
A mutant of the write side, as a process: the store first, then the broker, and killed in between now and then.
"""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime
from random import Random

from attrs import evolve

from carmarket import open_market
from carmarket.config import load_settings
from carmarket.testing.builders import a_published

RNG = Random(6)


async def write() -> None:
    async with open_market(load_settings(), with_index=False) as market:
        for number in range(1_000_000, 1_001_000):
            change = a_published(number, now=datetime.now(UTC))
            await market.stock.listings.save(evolve(change, events=()))
            if RNG.random() < 0.05:
                os.kill(os.getpid(), signal.SIGKILL)
            await market.stock.publisher.publish(change.events)


if __name__ == "__main__":
    asyncio.run(write())
