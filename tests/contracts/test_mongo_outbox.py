"""
The outbox in MongoDB's documents; and relays that give up what keeps its order are caught.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from attrs import define

from carmarket.adapters.mongo import MongoOutbox
from carmarket.adapters.mongo import offer as mongo_offer
from carmarket.adapters.mongo.database import connected
from carmarket.adapters.mongo.schema import USERS
from carmarket.codec.events import decode_event
from carmarket.core.language import Language
from carmarket.core.users.ids import UserId
from carmarket.core.users.user import User
from carmarket.ports.events import OUTBOX, EventPublisher, Outbox
from carmarket.ports.users import USERS as PEOPLE
from carmarket.ports.users import UserRepository
from carmarket.testing.builders import NOW
from carmarket.testing.contracts.outbox import OutboxContract, Told
from carmarket.testing.users import a_user
from tests.mongo import new_database

RELAYS = 3


class TestMongoOutbox(OutboxContract):
    @pytest.fixture
    def open_outbox(self, server_of: Callable[[str], str]) -> Any:
        return lambda: told_by_people(server_of("mongo"))

    @pytest.mark.promise("R7")
    async def test_several_who_relay_while_many_write_lose_nothing_and_turn_nothing_round(self, it: Told) -> None:
        await super().test_several_who_relay_while_many_write_lose_nothing_and_turn_nothing_round(it)


@asynccontextmanager
async def told_by_people(url: str) -> AsyncIterator[Told]:
    with new_database(url) as fresh:
        async with AsyncExitStack() as stack:
            offers = [await stack.enter_async_context(mongo_offer(fresh)) for _ in range(RELAYS)]
            outboxes: list[Outbox] = [await offer.get(OUTBOX) for offer in offers]
            yield Told(outboxes, telling(await offers[0].get(PEOPLE)))


def telling(users: UserRepository) -> Callable[[int], Any]:
    """A person is made, and is called by another name each time after that."""
    known: dict[int, User] = {}

    async def tell(number: int) -> None:
        before = known.get(number)
        if before is None:
            change = a_user(number)
        else:
            change = before.introduce(name=f"Name {before.version}", language=Language.ENGLISH, now=NOW)
        await users.save(change)
        known[number] = change.state

    return tell


@define
class TakesFirst(MongoOutbox):
    """A mutant: takes the first event out before it publishes it, and no lease keeps others from the next."""

    async def relay(self, publisher: EventPublisher, *, limit: int = 500) -> int:
        taken = 0
        for number in range(1, 13):
            before = await self._database[USERS].find_one_and_update(
                {"_id": UserId(a_user(number).state.id), "outbox.0": {"$exists": True}}, {"$pop": {"outbox": -1}}
            )
            if before:
                first = before["outbox"][0]
                await publisher.publish([decode_event(first["type"], first["type_version"], first["data"])])
                taken += 1
        return taken


@define
class CountsWhatItTakesOut(MongoOutbox):
    """A mutant: without a lease, and takes out as many events as it has published, not those."""

    async def relay(self, publisher: EventPublisher, *, limit: int = 500) -> int:
        found = await self._database[USERS].find({"outbox.0": {"$exists": True}}).to_list()
        firsts = [one["outbox"][0] for one in found]
        await publisher.publish([decode_event(one["type"], one["type_version"], one["data"]) for one in firsts])
        for one in found:
            await self._database[USERS].update_one({"_id": one["_id"]}, {"$pop": {"outbox": -1}})
        return len(firsts)


@pytest.mark.mutant("R7")
async def test_relays_that_take_out_by_count_and_hold_no_lease_are_caught_losing(server_of):
    async with AsyncExitStack() as stack:
        fresh = stack.enter_context(new_database(server_of("mongo")))
        offer = await stack.enter_async_context(mongo_offer(fresh))
        mutants = [CountsWhatItTakesOut(await stack.enter_async_context(connected(fresh))) for _ in range(RELAYS)]
        it = Told(mutants, telling(await offer.get(PEOPLE)))

        with pytest.raises(AssertionError):
            await OutboxContract().test_several_who_relay_while_many_write_lose_nothing_and_turn_nothing_round(it)


@pytest.mark.mutant("R7")
async def test_a_relay_that_takes_events_out_before_they_are_published_is_caught(server_of):
    async with AsyncExitStack() as stack:
        fresh = stack.enter_context(new_database(server_of("mongo")))
        offer = await stack.enter_async_context(mongo_offer(fresh))
        mutants = [TakesFirst(await stack.enter_async_context(connected(fresh))) for _ in range(2)]
        it = Told(mutants, telling(await offer.get(PEOPLE)))

        with pytest.raises(AssertionError):
            await OutboxContract().test_what_the_broker_does_not_take_stays_in_its_place(it)
