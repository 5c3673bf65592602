"""
Alerts as documents, each of one life of its search.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import evolve, frozen
from bson import ObjectId

from carmarket.adapters.mongo.database import Document, Documents, add_new, answering, delete_some, update_all
from carmarket.codec.documents import decode_alert, encode
from carmarket.core.errors import UnavailableError
from carmarket.core.period import instant_of, milliseconds
from carmarket.core.search.alerts import Alert, AlertPosition
from carmarket.core.search.saved import SavedSearchId
from carmarket.core.users.ids import UserId
from carmarket.ports.saved_searches import AlertLog

LARGEST_LETTER = 1_000
MOST_PRUNED = 10_000


@frozen
class MongoAlertLog(AlertLog):
    """
    An alert is there as long as the life of the search that it was added under, whatever happens in between.

    A search that is removed and made again under its id has another life. A crash while a letter is noted as told
    leaves some of its alerts due; the letter goes again, under the same id, and is noted again.
    """

    _documents: Documents
    _searches: Documents

    async def add(self, alerts: Sequence[Alert]) -> int:
        lives = await self._lives_of({one.search_id for one in alerts})
        return await add_new(
            self._documents, [_document(one, lives[one.search_id]) for one in alerts if one.search_id in lives]
        )

    async def find(
        self,
        owner: UserId,
        *,
        search_id: SavedSearchId | None = None,
        after: AlertPosition | None = None,
        limit: int = 100,
    ) -> Sequence[Alert]:
        with answering():
            person = await self._searches.find_one({"_id": owner}, {"searches.id": 1, "searches.life": 1})
            own = person["searches"] if person else []
            lives = [one["life"] for one in own if search_id in (None, one["id"])]
            said = {"owner": owner, "life": {"$in": lives}, **_behind(after)}
            found = await self._documents.find(said).sort({"at": -1, "id": 1}).limit(limit).to_list()
        return tuple(map(_alert, found))

    async def counts(self, searches: Collection[SavedSearchId], since: datetime) -> Mapping[SavedSearchId, int]:
        lives = await self._lives_of(searches)
        said = {"life": {"$in": list(lives.values())}, "at": {"$gte": milliseconds(since)}}
        with answering():
            found = await self._documents.aggregate(
                [{"$match": said}, {"$group": {"_id": "$search", "count": {"$sum": 1}}}]
            )
            return {SavedSearchId(one["_id"]): one["count"] for one in await found.to_list()}

    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[UUID]:
        letters: list[Mapping[str, Any]] = [
            {"$match": {"due_at": {"$lte": milliseconds(now)}}},
            {"$group": {"_id": "$letter", "due_at": {"$min": "$due_at"}, "lives": {"$addToSet": "$life"}}},
            {"$sort": {"due_at": 1, "_id": 1}},
            {"$limit": limit},
        ]
        while True:
            with answering():
                found = await (await self._documents.aggregate(letters)).to_list()
            over = await self._over({life for one in found for life in one["lives"]})
            if not over:
                return tuple(one["_id"] for one in found)
            await delete_some(self._documents, {"life": {"$in": list(over)}})

    async def of_letter(self, letter: UUID) -> Sequence[Alert]:
        with answering():
            lives = set(await self._documents.distinct("life", {"letter": letter}))
        said = {"letter": letter, "life": {"$in": list(lives - await self._over(lives))}}
        with answering():
            found = await self._documents.find(said).sort({"id": 1}).limit(LARGEST_LETTER).to_list()
        return tuple(map(_alert, found))

    async def tell(self, letter: UUID, *, now: datetime) -> None:
        told = {"$set": {"told_at": milliseconds(now)}, "$unset": {"due_at": ""}}
        await update_all(self._documents, {"letter": letter, "due_at": {"$exists": True}}, told)

    async def prune(self, before: datetime) -> int:
        return await delete_some(self._documents, {"told_at": {"$lt": milliseconds(before)}}, MOST_PRUNED)

    async def _lives_of(self, searches: Collection[SavedSearchId]) -> Mapping[SavedSearchId, ObjectId]:
        """The present life of those that there are."""
        if not searches:
            return {}
        return {one["id"]: one["life"] for one in await self._present("searches.id", list(searches))}

    async def _over(self, lives: Collection[ObjectId]) -> set[ObjectId]:
        """Which of these lives have ended; one that has never comes back."""
        if not lives:
            return set()
        return set(lives) - {one["life"] for one in await self._present("searches.life", list(lives))}

    async def _present(self, name: str, values: Sequence[Any]) -> Sequence[Document]:
        steps: list[dict[str, Any]] = [
            {"$match": {name: {"$in": values}}},
            {"$unwind": "$searches"},
            {"$match": {name: {"$in": values}}},
            {"$project": {"id": "$searches.id", "life": "$searches.life"}},
        ]
        with answering():
            return await (await self._searches.aggregate(steps)).to_list()


async def forget_alerts(documents: Documents, lives: Sequence[ObjectId]) -> None:
    """Delete those of lives that are over. Where that fails nobody sees them, and they are swept out later."""
    with suppress(UnavailableError):
        await delete_some(documents, {"life": {"$in": list(lives)}})


def _document(alert: Alert, life: ObjectId) -> Document:
    told = {} if alert.told_at is None else {"told_at": milliseconds(alert.told_at)}
    return {
        "_id": life.binary + alert.id.bytes,
        "id": alert.id,
        "search": alert.search_id,
        "life": life,
        "owner": alert.owner,
        "at": milliseconds(alert.at),
        "letter": alert.letter,
        # As long as it is to be told, so that an index of it holds these alone.
        **(told or {"due_at": milliseconds(alert.due_at)}),
        "document": encode(alert),
    }


def _alert(found: Document) -> Alert:
    told_at = found.get("told_at")
    return evolve(decode_alert(found["document"]), told_at=None if told_at is None else instant_of(told_at))


def _behind(after: AlertPosition | None) -> dict[str, Any]:
    if after is None:
        return {}
    return {"$or": [{"at": {"$lt": after.at}}, {"at": after.at, "id": {"$gt": after.id}}]}
