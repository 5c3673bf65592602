"""
An offer whose stores have an outbox in place of a log, with a log that all of it is relayed into before it is read.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from carmarket.adapters.memory import MemoryEventLog, MemoryEventPublisher, MemoryStore
from carmarket.ports.events import EVENTS, OUTBOX, EventPublisher, Outbox, Recorded
from carmarket.ports.offer import Offer


@define
class RelayedLog(MemoryEventLog):
    """What the stores have told is here as soon as anybody reads, as it is in a store that is its own log."""

    _outbox: Outbox
    _publisher: EventPublisher

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        while (await self._outbox.waiting()).count:
            await self._outbox.relay(self._publisher)
        return await super().read(after, limit)


def with_log(offer: Offer) -> Offer:
    """The same stores, and a log."""

    async def made() -> RelayedLog:
        store = MemoryStore()
        return RelayedLog(store, await offer.get(OUTBOX), MemoryEventPublisher(store))

    return Offer({**offer.factories, EVENTS.name: made})
