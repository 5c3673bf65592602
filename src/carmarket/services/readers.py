"""
Readers with effects: they follow the log, and put aside what they cannot work off.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta
from itertools import takewhile
from uuid import UUID

from attrs import frozen

from carmarket.core.dead_letters import ParkedEvent, ParkedStatus
from carmarket.core.errors import UnavailableError
from carmarket.core.events import Event
from carmarket.ports.clock import Clock
from carmarket.ports.dead_letters import DeadLetters, DeadLetterTopic
from carmarket.ports.events import Recorded, Subscription

LOG = logging.getLogger("carmarket.readers")
BATCH = 100
Policy = Callable[[Sequence[Event]], Awaitable[None]]


@frozen(kw_only=True)
class Reader:
    """
    A named reader with effects: it gets every event at least once, in order per key, and moves on when that is done.

    An event that fails is parked and tried again after pauses, and later events of its key queue behind it; other
    keys go on. After its last try it is a dead letter, and its key waits for an operator. Where a component is away
    the reader waits, and no try is burnt: that is no fault of the event.

    `policy` must be safe to repeat. A reader that is new on a market whose first events are no longer kept has to
    `start_over` from the stores before it follows the log. With a `delay` it leaves events be until they are so old.
    """

    name: str
    subscription: Subscription
    dead_letters: DeadLetters
    clock: Clock
    policy: Policy
    start_over: Callable[[], Awaitable[None]] | None = None
    topic: DeadLetterTopic | None = None
    """Where dead letters are shown besides."""
    delay: timedelta = timedelta(0)

    async def step(self) -> int:
        """
        Work off the next events, and what was parked and is due; how many there were.

        In this order: what was parked just before a crash is then read again while it still has its queue.

        Raises: UnavailableError if a component is away.
        """
        return await self._follow() + await self._try_parked()

    async def is_idle(self) -> bool:
        """Whether there is no event that it would work off now."""
        return not await self._ripe(1)

    async def _ripe(self, limit: int) -> Sequence[Recorded]:
        """The next events, up to the first that is not old enough yet."""
        recorded = await self.subscription.next(limit)
        latest = self.clock.now() - self.delay
        return list(takewhile(lambda item: item.event.at <= latest, recorded)) if self.delay else recorded

    async def _follow(self) -> int:
        if self.start_over is not None and await self.subscription.has_missed():
            await self.start_over()
            await self.subscription.done(())
        held = await self.dead_letters.held(self.name)
        recorded = await self._ripe(BATCH)
        if recorded:
            free = [item for item in recorded if item.event.key not in held]
            queued = [item for item in recorded if item.event.key in held]
            error = await self._failure(free)
            if error is not None:
                queued += await self._one_by_one(free, error)
            await self._park(queued)
            await self.subscription.done(recorded)
        return len(recorded)

    async def _one_by_one(self, batch: Sequence[Recorded], error: Exception) -> Sequence[Recorded]:
        """Find out which events of a batch fail, and park them; what has to queue behind them."""
        held: set[UUID] = set()
        queued = []
        for item in batch:
            if item.event.key in held:
                queued.append(item)
                continue
            failure = error if len(batch) == 1 else await self._failure([item])
            if failure is not None:
                held.add(item.event.key)
                await self._park([item], failure)
        return queued

    async def _try_parked(self) -> int:
        """Queues move up as their first events are worked off."""
        now = self.clock.now()
        tried = 0
        while tried < BATCH and (due := await self.dead_letters.due(self.name, now, BATCH - tried)):
            for parked in due:
                error = await self._failure([Recorded(parked.position, parked.event)])
                if error is None:
                    await self.dead_letters.remove(parked)
                else:
                    await self._give_up_or_wait(self._failed(parked, error))
            tried += len(due)
        return tried

    async def _give_up_or_wait(self, failed: ParkedEvent) -> None:
        """Shown before it is kept as dead: what comes between is tried, and shown, once more."""
        if self.topic is not None and failed.status is ParkedStatus.DEAD:
            await self.topic.tell(failed)
        await self.dead_letters.save(failed)

    async def _failure(self, items: Sequence[Recorded]) -> Exception | None:
        """
        What came in the way of working them off, if anything did.

        Raises: UnavailableError if a component is away.
        """
        try:
            if items:
                await self.policy([item.event for item in items])
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001  whatever is wrong with one event must not hold up the others
            return error
        return None

    async def _park(self, items: Collection[Recorded], error: Exception | None = None) -> None:
        """Into their queues: what has failed with the error, or what queues behind such."""
        now = self.clock.now()
        parked = [ParkedEvent.of(self.name, item.position, item.event, now=now) for item in items]
        await self.dead_letters.park([one if error is None else self._failed(one, error) for one in parked])

    def _failed(self, parked: ParkedEvent, error: Exception) -> ParkedEvent:
        failed = parked.failed(f"{type(error).__name__}: {error}", now=self.clock.now())
        level = logging.ERROR if failed.status is ParkedStatus.DEAD else logging.WARNING
        LOG.log(
            level, "the reader %s failed at event %s, a %s, for the %s. time", self.name, parked.position,
            parked.event.type, failed.tries, exc_info=error,
        )  # fmt: skip
        return failed
