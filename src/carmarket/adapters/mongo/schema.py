"""
The collections, what their documents must have, and the indexes that the queries go by.

Nothing vanishes by itself (no TTL index): what is old is told by the market's clock, and goes by its jobs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pymongo
from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError, OperationFailure

from carmarket.adapters.mongo.database import DUPLICATE, Database, Documents, answering

USERS, DEALERS, SESSIONS, AUDIT = "users", "dealers", "sessions", "audit"
RESET_REQUESTS, REVIEWS, REVIEWABLE = "reset_requests", "reviews", "reviewable_bookings"
SAVED_SEARCHES, ALERTS, RELAYS = "saved_searches", "alerts", "relays"
AGGREGATES = (USERS, DEALERS, REVIEWS)
"""Collections whose documents have an outbox."""
PARTITIONS = 16
"""Of all keys; as many relays can work at once."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
EXISTS = 48
"""The server's code for a collection that is there with other options."""
BUILDING_S = 60.0
"""Seconds for an index on a collection that is large already."""


def _index(name: str, *fields: str, **options: Any) -> IndexModel:
    """On these fields, a minus before one that descends."""
    keys = [(one.lstrip("-"), DESCENDING if one.startswith("-") else ASCENDING) for one in fields]
    return IndexModel(keys, name=name, **options)


# Only documents that have events which wait are under a partition, so a relay never looks at the others.
WAITING = _index("waiting", "outbox.partition", sparse=True)
INDEXES: Mapping[str, Sequence[IndexModel]] = {
    USERS: (
        _index("known_by", "keys", unique=True, sparse=True),
        _index("staff", "dealer", "_id"),
        _index("roles", "roles", "_id"),
        WAITING,
    ),
    DEALERS: (_index("status", "status", "_id"), _index("invited", "invited", "_id"), WAITING),
    SESSIONS: (_index("user", "user", "-_id"), _index("created", "created_at")),
    AUDIT: (_index("subject", "subject", "-_id"),),
    RESET_REQUESTS: (_index("oldest", "at", "_id"),),
    REVIEWS: (
        _index("seller", "seller", "created_at", "_id"),
        _index("customer", "customer", "created_at", "_id"),
        _index("time", "created_at", "_id"),
        _index("waiting_for_moderator", "is_waiting", "created_at", "_id"),
        _index("rating", "seller", "is_public", "author", "stars"),
        _index("hidden", "reveals_at", sparse=True),
        _index("reporters", "reporters"),
        WAITING,
    ),
    REVIEWABLE: (_index("customer", "customer", sparse=True),),
    SAVED_SEARCHES: (
        # Partial and not sparse: MongoDB counts those who have none left as alike, and they are not.
        _index("searches", "searches.id", unique=True, partialFilterExpression={"searches.id": {"$exists": True}}),
        _index("keys", "searches.keys"),
        _index("lives", "searches.life"),
    ),
    ALERTS: (
        _index("owner", "owner", "-at", "id"),
        _index("letter", "letter", "id"),
        _index("life", "life", "at"),
        _index("due", "due_at", sparse=True),
        _index("told", "told_at", sparse=True),
    ),
    RELAYS: (),
}
VERSIONED = (USERS, DEALERS, SESSIONS, REVIEWS)
DOCUMENTED = (*VERSIONED, AUDIT, ALERTS)
"""Collections whose documents hold the whole state as JSON."""


async def prepare(database: Database) -> None:
    """
    Make what is missing. It can be done again, and by several at once. Raises: UnavailableError.

    The first question is answered as fast as any, so that nobody waits for a server that is away; an index may take.
    """
    with answering():
        await database.command("ping")
        with pymongo.timeout(BUILDING_S):
            for name, indexes in INDEXES.items():
                await _make(database, name)
                if indexes:
                    await database[name].create_indexes(list(indexes))
            await _make_partitions(database[RELAYS])


async def _make(database: Database, name: str) -> None:
    validator = _validator(name)
    try:
        await database.create_collection(name, check_exists=False, validator=validator)
    except OperationFailure as error:
        if error.code != EXISTS:
            raise
        await database.command("collMod", name, validator=validator)


def _validator(name: str) -> Mapping[str, Any]:
    """What no writer may get wrong, be it one of another release."""
    fields: dict[str, Any] = {}
    if name in VERSIONED:
        fields["version"] = {"bsonType": ["int", "long"], "minimum": 1}
    if name in DOCUMENTED:
        fields["document"] = {"bsonType": "binData"}
    if name in AGGREGATES:
        fields["outbox"] = {"bsonType": "array"}
    if name == SAVED_SEARCHES:
        fields["searches"] = {"bsonType": "array"}
    return {"$jsonSchema": {"bsonType": "object", "required": ["_id", *fields], "properties": fields}}


async def _make_partitions(relays: Documents) -> None:
    """One document each, which nobody holds."""
    free = [
        UpdateOne({"_id": number}, {"$setOnInsert": {"holder": None, "until": LONG_AGO}}, upsert=True)
        for number in range(PARTITIONS)
    ]
    try:
        await relays.bulk_write(free, ordered=False)
    except BulkWriteError as error:
        # Somebody else made them in the same moment.
        if any(one["code"] != DUPLICATE for one in error.details["writeErrors"]):
            raise
