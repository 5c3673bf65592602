"""
From the arrays in the aggregates' documents to the publisher, by as many relays as there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from attrs import define, field, frozen
from pymongo import UpdateOne

from carmarket.adapters.mongo.aggregates import MOST_WAITING
from carmarket.adapters.mongo.database import Database, Document, Documents, answering
from carmarket.adapters.mongo.leases import Leases
from carmarket.adapters.mongo.schema import AGGREGATES, PARTITIONS, RELAYS
from carmarket.codec.events import decode_event
from carmarket.core.period import instant_of
from carmarket.ports.events import EventPublisher, Outbox, Waiting

SHARE = 4
"""Partitions that one relay takes at a time; it goes round, and leaves the rest to others."""

BLINK = 0.1
"""Seconds between two looks."""
MOST_SEEN = 500
"""Documents that are looked at to tell where anything waits."""
WAITING = {"outbox.partition": {"$gte": 0}}
"""Documents with an event that waits; the index of the partitions holds these alone."""


@frozen
class _Batch:
    """The first events of one document."""

    documents: Documents
    document_id: Any
    events: Sequence[Document]


@define
class MongoOutbox(Outbox):
    """
    Publishes what stands first in each array, and takes it out by the events' ids once the publisher has returned.

    That alone keeps the order of a key: whoever relays an event has published all before it, or somebody has who then
    took them out. So a lease that runs out while its holder publishes costs repeats and turns nothing round; leases
    keep several relays from doing the same work.
    """

    _database: Database
    _turn: int = field(default=0, init=False)

    async def relay(self, publisher: EventPublisher, *, limit: int = 500) -> int:
        busy = await self._busy()
        if not busy:
            return 0
        self._turn += 1
        start = self._turn * SHARE
        turn = sorted(busy, key=lambda partition: (partition - start) % PARTITIONS)
        async with Leases(self._database[RELAYS]).held(turn, most=SHARE) as held:
            batches = await self._first(held, limit)
            waiting = [event for batch in batches for event in batch.events]
            if waiting:
                await publisher.publish([decode_event(it["type"], it["type_version"], it["data"]) for it in waiting])
                await self._take_out(batches)
        return len(waiting)

    async def wait(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not await self._busy():  # noqa: ASYNC110  a change stream is more than all servers have
                    await asyncio.sleep(BLINK)
                return True
        return False

    async def waiting(self) -> Waiting:
        steps: list[Mapping[str, Any]] = [
            {"$match": WAITING},
            {"$unwind": "$outbox"},
            {"$group": {"_id": None, "count": {"$sum": 1}, "oldest": {"$min": "$outbox.at"}}},
        ]
        with answering():
            found = [
                one for name in AGGREGATES for one in await (await self._database[name].aggregate(steps)).to_list()
            ]
        oldest = min((one["oldest"] for one in found), default=None)
        return Waiting(sum(one["count"] for one in found), None if oldest is None else instant_of(oldest))

    async def _busy(self) -> set[int]:
        """Partitions in which something waits; where very much does, all of them."""
        busy: set[int] = set()
        for name in AGGREGATES:
            with answering():
                found = await self._database[name].find(WAITING, {"outbox.partition": 1}).limit(MOST_SEEN).to_list()
            busy.update(event["partition"] for one in found for event in one["outbox"])
            if len(found) == MOST_SEEN:
                return set(range(PARTITIONS))
        return busy

    async def _first(self, partitions: Collection[int], limit: int) -> Sequence[_Batch]:
        batches: list[_Batch] = []
        wanted = {"outbox.partition": {"$in": list(partitions)}}
        for number in range(len(AGGREGATES)):
            # Another collection comes first at each turn, so that none waits for ever.
            documents = self._database[AGGREGATES[(self._turn + number) % len(AGGREGATES)]]
            most = min(limit, MOST_WAITING)
            with answering():
                cursor = documents.find(wanted, {"version": 1, "outbox": {"$slice": most}}).limit(limit)
                async for found in cursor:
                    batches.append(_Batch(documents, found["_id"], found["outbox"][:limit]))
                    limit -= len(batches[-1].events)
                    if limit <= 0:
                        await cursor.close()
                        return batches
        return batches

    async def _take_out(self, batches: Sequence[_Batch]) -> None:
        for name in AGGREGATES:
            changes = [
                UpdateOne(
                    {"_id": batch.document_id},
                    {"$pull": {"outbox": {"id": {"$in": [event["id"] for event in batch.events]}}}},
                )
                for batch in batches
                if batch.documents.name == name
            ]
            if changes:
                with answering():
                    await self._database[name].bulk_write(changes, ordered=False)
