"""
Forgotten passwords as documents, one a mailbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from carmarket.adapters.mongo.database import Documents, add_new, answering
from carmarket.core.period import instant_of, milliseconds
from carmarket.core.users.email import mailbox
from carmarket.core.users.links import ResetRequest
from carmarket.ports.forgotten import ResetRequests


@frozen
class MongoResetRequests(ResetRequests):
    _documents: Documents

    async def ask(self, email: str, at: datetime) -> None:
        await add_new(self._documents, [{"_id": mailbox(email), "email": email, "at": milliseconds(at)}])

    async def waiting(self, limit: int, *, after: ResetRequest | None = None) -> Sequence[ResetRequest]:
        with answering():
            found = await self._documents.find(_behind(after)).sort({"at": 1, "_id": 1}).limit(limit).to_list()
        return tuple(ResetRequest(one["email"], instant_of(one["at"])) for one in found)

    async def settle(self, request: ResetRequest) -> None:
        with answering():
            await self._documents.delete_one({"_id": mailbox(request.email), "at": milliseconds(request.at)})


def _behind(after: ResetRequest | None) -> dict[str, Any]:
    if after is None:
        return {}
    at = milliseconds(after.at)
    return {"$or": [{"at": {"$gt": at}}, {"at": at, "_id": {"$gt": mailbox(after.email)}}]}
