"""
An outbox that is full, partitions that are taken, and a relay that comes too late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from attrs import define, field

from carmarket.adapters.memory import MemoryEventPublisher, MemoryStore
from carmarket.adapters.mongo import MongoUserRepository
from carmarket.adapters.mongo import offer as mongo_offer
from carmarket.adapters.mongo.aggregates import MOST_WAITING
from carmarket.adapters.mongo.database import connected
from carmarket.adapters.mongo.leases import Leases
from carmarket.adapters.mongo.outbox import MongoOutbox
from carmarket.adapters.mongo.schema import LONG_AGO, PARTITIONS, RELAYS, USERS, prepare
from carmarket.core.errors import UnavailableError
from carmarket.core.events import Event
from carmarket.core.language import Language
from carmarket.core.users.user import User
from carmarket.ports.events import OUTBOX, EventPublisher
from carmarket.ports.users import USERS as PEOPLE
from carmarket.ports.users import UserRepository
from carmarket.testing.builders import NOW
from carmarket.testing.contracts.outbox import Published
from carmarket.testing.users import a_user


async def renamed(users: UserRepository, user: User, name: str) -> User:
    change = user.introduce(name=name, language=Language.ENGLISH, now=NOW)
    await users.save(change)
    return change.state


async def test_a_full_outbox_refuses_changes_and_loses_nothing(url):
    async with mongo_offer(url) as offer:
        users, outbox = await offer.get(PEOPLE), await offer.get(OUTBOX)
        await users.save(a_user())
        user = a_user().state
        while user.version < MOST_WAITING:
            user = await renamed(users, user, f"Name {user.version}")

        with pytest.raises(UnavailableError):
            await renamed(users, user, "One too many")
        assert await users.get(user.id) == user
        store = MemoryStore()
        assert await outbox.relay(MemoryEventPublisher(store), limit=1_000) == MOST_WAITING
        assert [one.event.version for one in store.log] == list(range(1, MOST_WAITING + 1))
        await renamed(users, user, "Room again")
        assert (await outbox.waiting()).count == 1


async def test_what_another_relay_holds_is_left_to_it(url):
    async with connected(url) as database:
        await prepare(database)
        await MongoUserRepository(database[USERS]).save(a_user(3))
        outbox, published = MongoOutbox(database), Published()

        async with Leases(database[RELAYS]).held(range(PARTITIONS), most=PARTITIONS) as held:
            assert await outbox.relay(published) == 0
        assert len(held) == PARTITIONS
        assert await outbox.relay(published) == 1


async def test_a_lease_of_a_relay_that_died_runs_out(url):
    async with connected(url) as database:
        await prepare(database)
        await MongoUserRepository(database[USERS]).save(a_user(3))
        dead = Leases(database[RELAYS]).held(range(PARTITIONS), most=PARTITIONS)
        await dead.__aenter__()
        assert await MongoOutbox(database).relay(Published()) == 0

        await database[RELAYS].update_many({}, {"$set": {"until": LONG_AGO}})

        assert await MongoOutbox(database).relay(Published()) == 1
        await dead.__aexit__(None, None, None)


@define
class Slow(EventPublisher):
    """Takes events when it is told to go on."""

    inner: EventPublisher
    began: asyncio.Event = field(factory=asyncio.Event)
    goes_on: asyncio.Event = field(factory=asyncio.Event)

    async def publish(self, events: Sequence[Event]) -> None:
        self.began.set()
        await self.goes_on.wait()
        await self.inner.publish(events)


async def test_a_relay_that_loses_its_lease_repeats_events_and_turns_none_round(url):
    async with connected(url) as database:
        await prepare(database)
        users, published = MongoUserRepository(database[USERS]), Published()
        await users.save(a_user(3))
        user = await renamed(users, a_user(3).state, "Second")
        slow = Slow(published)
        late = asyncio.create_task(MongoOutbox(database).relay(slow))
        await slow.began.wait()
        await database[RELAYS].update_many({}, {"$set": {"until": LONG_AGO}})
        await renamed(users, user, "Third")

        assert await MongoOutbox(database).relay(published) == 3
        slow.goes_on.set()
        await late

        assert [event.version for event in published.events] == [1, 2, 3, 1, 2]
        assert published.first_versions() == {user.id: [1, 2, 3]}
        assert (await MongoOutbox(database).waiting()).count == 0
