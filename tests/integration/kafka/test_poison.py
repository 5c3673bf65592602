"""
R9 on Kafka: an event that cannot be worked off holds up its own key and nobody else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from attrs import define, field

from carmarket.adapters.kafka import offer
from carmarket.adapters.memory import MemoryClock
from carmarket.adapters.memory import offer as memory_offer
from carmarket.core.dead_letters import TRIES, ParkedStatus
from carmarket.core.errors import UnavailableError
from carmarket.core.events import Event
from carmarket.ports.dead_letters import DEAD_LETTERS, ParkedFilter
from carmarket.ports.events import PUBLISHER
from carmarket.services.readers import Reader
from carmarket.testing.builders import NOW
from carmarket.testing.contracts.subscriptions import an_event
from tests.integration.kafka.conftest import OwnBroker, fresh, member

KEYS, VERSIONS = 100, 10
POISON = (UUID(int=51), 4)


@define
class Ledger:
    """The versions of each key in the order in which they had their effect."""

    mended: bool = False
    tries: int = 0
    effects: dict[UUID, list[int]] = field(factory=lambda: defaultdict(list))

    async def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            if (event.key, event.version) == POISON and not self.mended:
                self.tries += len(events) == 1
                raise ValueError("poison")
            if event.version not in self.effects[event.key]:
                self.effects[event.key].append(event.version)


@pytest.mark.promise("R9")
async def test_one_poison_in_a_thousand_holds_up_its_key_alone_and_nothing_is_lost(url, record_property):
    clock, ledger = MemoryClock(NOW), Ledger()
    async with offer(url) as opened, memory_offer("memory://") as store:
        dead_letters = await store.get(DEAD_LETTERS)
        reader = Reader(
            name="ledger",
            subscription=await member(opened, "ledger"),
            dead_letters=dead_letters,
            clock=clock,
            policy=ledger,
        )
        publisher = await opened.get(PUBLISHER)
        await publisher.publish(
            [an_event(key, version) for version in range(1, VERSIONS + 1) for key in range(1, KEYS + 1)]
        )
        while not await reader.is_idle():
            await reader.step()

        whole = {key for key, versions in ledger.effects.items() if versions == list(range(1, VERSIONS + 1))}
        assert whole == {UUID(int=key) for key in range(1, KEYS + 1)} - {POISON[0]}
        assert ledger.effects[POISON[0]] == [1, 2, 3]

        for _ in range(TRIES):
            clock.advance(timedelta(minutes=3))
            await reader.step()
        (dead,) = await dead_letters.find(ParkedFilter(status=ParkedStatus.DEAD))
        assert (dead.event.key, dead.event.version) == POISON
        assert ledger.tries == TRIES

        ledger.mended = True
        await dead_letters.save(dead.sent_again(now=clock.now()))
        while await reader.step():
            pass

    record_property("on", "kafka")
    record_property("figure", f"{len(whole)} of {KEYS - 1} other keys whole while one waited")
    assert ledger.effects[POISON[0]] == list(range(1, VERSIONS + 1))


@pytest.mark.promise("R9")
@pytest.mark.slow
async def test_a_broker_that_is_away_burns_no_try(broker: OwnBroker, record_property):
    ledger = Ledger()
    async with offer(fresh(broker.server.url)) as opened, memory_offer("memory://") as store:
        dead_letters = await store.get(DEAD_LETTERS)
        reader = Reader(
            name="ledger", subscription=await member(opened, "ledger"), dead_letters=dead_letters,
            clock=MemoryClock(NOW), policy=ledger,
        )  # fmt: skip
        await (await opened.get(PUBLISHER)).publish([an_event(1, 1)])
        while not await reader.step():
            pass
        broker.freeze()
        for _ in range(2):
            with pytest.raises(UnavailableError):
                await reader.step()
        broker.thaw()
        await (await opened.get(PUBLISHER)).publish([an_event(1, 2)])
        while not await reader.step():
            pass

        record_property("on", "kafka")
        assert not await dead_letters.count(ParkedFilter())
    assert ledger.effects[UUID(int=1)] == [1, 2]
