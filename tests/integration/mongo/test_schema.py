"""
Collections and indexes: made by many at once, asked by name, and kept from documents that are wrong.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pymongo.errors import WriteError

from carmarket.adapters.mongo import offer as mongo_offer
from carmarket.adapters.mongo import schema
from carmarket.adapters.mongo.database import connected
from carmarket.core.errors import InvalidError
from carmarket.ports.users import USERS
from carmarket.testing.users import a_user


async def made(url: str) -> dict[str, set[str]]:
    """The indexes of each collection."""
    async with connected(url) as database:
        names = await database.list_collection_names()
        return {name: set(await database[name].index_information()) - {"_id_"} for name in names}


async def test_several_prepare_at_once_and_again(url):
    async with connected(url) as first, connected(url) as second:
        await asyncio.gather(*(schema.prepare(one) for one in (first, second, first)))
    once = await made(url)

    async with mongo_offer(url) as offer:
        await (await offer.get(USERS)).save(a_user())
    async with mongo_offer(url) as offer:
        kept = await (await offer.get(USERS)).get(a_user().state.id)

    assert once == {name: {one.document["name"] for one in indexes} for name, indexes in schema.INDEXES.items()}
    assert await made(url) == once
    assert kept == a_user().state
    async with connected(url) as database:
        assert await database[schema.RELAYS].count_documents({}) == schema.PARTITIONS


@pytest.mark.parametrize("name", [*schema.VERSIONED, schema.SAVED_SEARCHES])
async def test_a_document_without_what_it_must_have_is_refused(url, name):
    async with connected(url) as database:
        await schema.prepare(database)

        with pytest.raises(WriteError, match="validation"):
            await database[name].insert_one({"_id": 1, "version": "one"})


async def stages(url: str, name: str, wanted: dict[str, Any]) -> list[str]:
    """How the server would look for it, from the last step to the first."""
    async with connected(url) as database:
        await schema.prepare(database)
        plan = (await database[name].find(wanted).explain())["queryPlanner"]["winningPlan"]
        found = []
        while plan:
            found.append(plan.get("indexName", plan["stage"]))
            plan = plan.get("inputStage")
        return found


@pytest.mark.parametrize(
    ("name", "wanted", "index"),
    [
        (schema.USERS, {"keys": "anna@example.com"}, "known_by"),
        (schema.USERS, {"outbox.partition": {"$in": [1, 2]}}, "waiting"),
        (schema.REVIEWS, {"outbox.partition": {"$gte": 0}}, "waiting"),
        (schema.DEALERS, {"invited": "anna@example.com"}, "invited"),
        (schema.SESSIONS, {"user": 1}, "user"),
        (schema.SAVED_SEARCHES, {"searches.keys": {"$in": ["make:mazda"]}}, "keys"),
        (schema.ALERTS, {"due_at": {"$lte": 1}}, "due"),
        (schema.ALERTS, {"letter": 1}, "letter"),
    ],
)
async def test_what_is_asked_for_is_found_by_an_index(url, name, wanted, index):
    assert index in await stages(url, name, wanted)


@pytest.mark.parametrize(
    "wrong", ["mongodb://127.0.0.1:1", "mongodb://127.0.0.1:1/", "mongodb://", "mongodb://127.0.0.1:x/a", "http://a/b"]
)
async def test_a_url_without_a_database_is_refused(wrong):
    with pytest.raises(InvalidError):
        async with mongo_offer(wrong):
            pytest.fail("It was opened.")
