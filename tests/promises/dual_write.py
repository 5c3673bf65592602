"""
A mutant of the store, as a process: state and events in two transactions, and killed between them now and then.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

from attrs import evolve

from carmarket.adapters.sqlite import Database, SqliteListingRepository
from carmarket.adapters.sqlite.catalog import RECORD
from carmarket.adapters.sqlite.events import event_rows
from carmarket.core.catalog.listing import Listing
from carmarket.core.change import Change
from carmarket.ports.catalog import Rejected
from carmarket.testing.builders import a_published

RNG = Random(6)


class TwoTransactions(SqliteListingRepository):
    """Writes what happened once the state is safe, which is too late."""

    async def save_all(self, changes: Sequence[Change[Listing]]) -> Sequence[Rejected]:
        rejected = await super().save_all([evolve(change, events=()) for change in changes])
        if RNG.random() < 0.05:
            os.kill(os.getpid(), signal.SIGKILL)
        rows = [row for change in changes for row in event_rows(change.events)]
        await self._database.write(lambda it: it.executemany(RECORD, rows).rowcount)
        return rejected


async def write(path: Path) -> None:
    listings = TwoTransactions(await Database.open(path))
    for number in range(1, 1_000):
        await listings.save(a_published(number))


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1])))
