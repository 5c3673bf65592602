"""
Which relay works on which partition, and until when.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from attrs import frozen
from bson import ObjectId

from carmarket.adapters.mongo.database import Documents, answering
from carmarket.adapters.mongo.schema import LONG_AGO
from carmarket.core.errors import UnavailableError

LASTING = timedelta(seconds=30)
"""By then a publisher has returned or failed; a relay that was killed keeps its partitions from others for so long."""


@frozen
class Leases:
    """A document a partition; the time is the server's, so that the clocks of relays do not matter."""

    _relays: Documents

    @asynccontextmanager
    async def held(self, wanted: Sequence[int], *, most: int) -> AsyncIterator[Collection[int]]:
        """Up to `most` of the wanted partitions that nobody holds, the first of them first; given back at the end."""
        holder = ObjectId()
        try:
            yield await self._take(holder, wanted, most)
        finally:
            # One that cannot be given back ends by itself.
            with suppress(UnavailableError), answering():
                await self._relays.update_many({"holder": holder}, {"$set": {"holder": None, "until": LONG_AGO}})

    async def _take(self, holder: ObjectId, wanted: Sequence[int], most: int) -> Collection[int]:
        with answering():
            now: datetime = (await self._relays.database.command("hello"))["localTime"]
            free = {"_id": {"$in": list(wanted)}, "until": {"$lte": now}}
            found = {one["_id"] for one in await self._relays.find(free, {"_id": 1}).to_list()}
            first = [one for one in wanted if one in found][:most]
            # Again with the condition, for others may have been faster.
            await self._relays.update_many(
                {"_id": {"$in": first}, "until": {"$lte": now}}, {"$set": {"holder": holder, "until": now + LASTING}}
            )
            return [one["_id"] for one in await self._relays.find({"holder": holder}, {"_id": 1}).to_list()]
