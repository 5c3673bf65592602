"""
Saved searches: all of one person in one document.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pymongo
from attrs import field, frozen
from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from carmarket.adapters.mongo.alerts import forget_alerts
from carmarket.adapters.mongo.database import Documents, answering, delete_some
from carmarket.codec.documents import decode_saved_search, encode
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError, UnavailableError
from carmarket.core.period import milliseconds
from carmarket.core.search.document import SearchDocument
from carmarket.core.search.keys import keys_of_entry, keys_of_query
from carmarket.core.search.saved import MOST_SAVED_SEARCHES, SavedSearch, SavedSearchId, demand_room
from carmarket.core.users.ids import UserId
from carmarket.core.versions import changed_meanwhile
from carmarket.ports.saved_searches import SavedSearches

ATTEMPTS = 5
MATCHING_S = 15.0
"""What looking for the searches of a car may take; a reader waits for it, and no person."""
AT_ONCE = 4
"""New searches; those of one person meet in one document, where more of them only wear the server's patience out."""


@frozen
class MongoSavedSearches(SavedSearches):
    """
    One document a person, so that how many they have is decided in the same step as what is written.

    An alert belongs to one life of its search, and nobody sees it once that life is over: with the search its alerts go
    in one step, too. What a crash leaves of them is swept out when it would be due, or old.
    """

    _documents: Documents
    _alerts: Documents
    _turn: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(AT_ONCE), init=False, repr=False)

    async def get(self, search_id: SavedSearchId) -> SavedSearch | None:
        with answering():
            found = await self._documents.find_one(
                {"searches.id": search_id}, {"searches": {"$elemMatch": {"id": search_id}}}
            )
        return decode_saved_search(found["searches"][0]["document"]) if found else None

    async def save(self, change: Change[SavedSearch]) -> None:
        search = change.state
        if search.version == change.base:
            return
        kept = {"version": search.version, "keys": _keys(search), "document": encode(search)}
        if change.base == 0:
            async with self._turn:
                await self._insert(search, kept)
            return
        with answering():
            done = await self._documents.update_one(
                _at(search.id, change.base),
                {"$set": {f"searches.$[it].{name}": value for name, value in kept.items()}},
                array_filters=[{"it.id": search.id}],
            )
        if done.matched_count == 0:
            raise await self._conflict(search.id, change.base)

    async def remove(self, search_id: SavedSearchId, *, version: int) -> None:
        with answering():
            before = await self._documents.find_one_and_update(
                _at(search_id, version),
                {"$pull": {"searches": {"id": search_id, "version": version}}},
                projection={"searches.id": 1, "searches.life": 1},
            )
        if before is None:
            raise await self._conflict(search_id, version)
        await forget_alerts(self._alerts, [one["life"] for one in before["searches"] if one["id"] == search_id])

    async def forget(self, owner: UserId) -> int:
        with answering():
            before = await self._documents.find_one_and_delete({"_id": owner}, projection={"searches.life": 1})
        # All of the person, for the sake of those that a crash has left.
        await delete_some(self._alerts, {"owner": owner})
        return len(before["searches"]) if before else 0

    async def of_owner(self, owner: UserId) -> Sequence[SavedSearch]:
        with answering():
            found = await self._documents.find_one({"_id": owner}, {"searches.document": 1})
        searches = [decode_saved_search(one["document"]) for one in found["searches"]] if found else []
        return tuple(sorted(searches, key=lambda search: (search.created_at, search.id)))

    async def owners(self, *, after: UserId | None = None, limit: int = 100) -> Sequence[UserId]:
        behind = {} if after is None else {"_id": {"$gt": after}}
        with answering():
            found = (
                await self._documents.find({**behind, "searches.0": {"$exists": True}}, {"_id": 1})
                .sort({"_id": 1})
                .limit(limit)
                .to_list()
            )
        return tuple(UserId(one["_id"]) for one in found)

    async def matching(self, document: SearchDocument) -> Sequence[SavedSearch]:
        if document.entry is None:
            return ()
        of_keys: dict[str, Any] = {"$match": {"searches.keys": {"$in": sorted(keys_of_entry(document.entry))}}}
        # First the people of whom a search shares a key with the car, then those of their searches that do.
        steps: list[Mapping[str, Any]] = [
            of_keys,
            {"$unwind": "$searches"},
            of_keys,
            {"$project": {"document": "$searches.document"}},
        ]
        with answering(), pymongo.timeout(MATCHING_S):
            found = await (await self._documents.aggregate(steps)).to_list()
        candidates = (decode_saved_search(one["document"]) for one in found)
        return tuple(sorted((one for one in candidates if one.query.matches(document)), key=lambda one: one.id.int))

    async def _insert(self, search: SavedSearch, kept: dict[str, Any]) -> None:
        made = {"id": search.id, "life": ObjectId(), "created_at": milliseconds(search.created_at), **kept}
        room = {"_id": search.owner, f"searches.{MOST_SAVED_SEARCHES - 1}": {"$exists": False}}
        for _ in range(ATTEMPTS):
            try:
                with answering():
                    await self._documents.update_one(
                        {**room, "searches.id": {"$ne": search.id}}, {"$push": {"searches": made}}, upsert=True
                    )
            except DuplicateKeyError:
                await self._demand_room(search)
                # Neither is true: somebody made the person's document in this moment.
            else:
                return
        raise UnavailableError("Too many save searches of one person at once.")

    async def _demand_room(self, search: SavedSearch) -> None:
        """Raises: ConcurrencyConflictError, TooManySavedSearchesError."""
        if version := await self._version(search.id):
            raise changed_meanwhile(0, version, what="saved search")
        with answering():
            own = await self._documents.find_one({"_id": search.owner}, {"searches.id": 1})
        demand_room(len(own["searches"]) if own else 0)

    async def _conflict(self, search_id: SavedSearchId, base: int) -> ConcurrencyConflictError:
        return changed_meanwhile(base, await self._version(search_id), what="saved search")

    async def _version(self, search_id: SavedSearchId) -> int:
        with answering():
            found = await self._documents.find_one(
                {"searches.id": search_id}, {"searches": {"$elemMatch": {"id": search_id}}}
            )
        return int(found["searches"][0]["version"]) if found else 0


def _at(search_id: SavedSearchId, version: int) -> dict[str, Any]:
    """The person's document that has the search at this version; by the first field an index finds it."""
    return {"searches.id": search_id, "searches": {"$elemMatch": {"id": search_id, "version": version}}}


def _keys(search: SavedSearch) -> list[str]:
    """Under which a car finds the search: none if nobody is told of it."""
    return sorted(keys_of_query(search.query)) if search.is_active else []
