"""
R9: an event that cannot be worked off holds up its own key and nobody else, and nothing is lost by it.

It is long, for the readers that do it wrongly stand beside the story that finds them out.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import count, pairwise
from random import Random
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest
from attrs import define, evolve, field, frozen

from carmarket.adapters.memory import MemoryAuditLog, MemoryClock, MemoryIds
from carmarket.core.catalog.listing import Listing
from carmarket.core.dead_letters import PAUSES, TRIES, ParkedStatus
from carmarket.core.errors import UnavailableError
from carmarket.core.events import Event
from carmarket.core.money import Money
from carmarket.ports.catalog import LISTINGS, ListingRepository
from carmarket.ports.dead_letters import DEAD_LETTERS, ParkedFilter
from carmarket.ports.events import EVENTS, READERS, EventLog, ReaderPositions, Recorded
from carmarket.services.dead_letters import DeadLetterService
from carmarket.services.readers import BATCH, Reader
from carmarket.services.subscriptions import LogSubscription
from carmarket.services.users.audit import Auditor
from carmarket.testing.builders import NOW, a_draft, an_admin

EVENTS_IN_ALL, EVENTS_A_CAR, CARS_AT_ONCE = 1_000, 10, 20
"""The events of 20 cars are mixed, so that those of one car are in two batches of a reader."""
CARS = EVENTS_IN_ALL // EVENTS_A_CAR
POISON = (UUID(int=51), 4)
DEAD, WAITING = ParkedFilter(status=ParkedStatus.DEAD), ParkedFilter(status=ParkedStatus.WAITING)
SEEDS = range(1_000 if os.environ.get("CARMARKET_FULL") == "1" else 100)
SECOND = timedelta(seconds=1)


class Died(BaseException):
    """As a process does: no reader gets to say what becomes of its work."""


@define
class Ledger:
    """What follows from events: for each key the versions in the order in which they first had their effect."""

    trouble: Callable[[Event], BaseException | None]
    effects: dict[UUID, list[int]] = field(factory=lambda: defaultdict(list))
    tries: dict[tuple[UUID, int], int] = field(factory=lambda: defaultdict(int))
    """How often each event was handed over alone."""

    async def __call__(self, events: Sequence[Event]) -> None:
        if len(events) == 1:
            self.tries[events[0].key, events[0].version] += 1
        for event in events:
            error = self.trouble(event)
            if error is not None:
                raise error
            if event.version not in self.effects[event.key]:
                self.effects[event.key].append(event.version)

    def inversions(self) -> int:
        return sum(1 for versions in self.effects.values() for one, two in pairwise(versions) if two < one)

    def whole(self) -> set[UUID]:
        """The keys all of whose events have had their effect."""
        return {key for key, versions in self.effects.items() if len(versions) == EVENTS_A_CAR}


@frozen
class Scene:
    """A log of events, and one reader of it."""

    listings: ListingRepository
    log: EventLog
    positions: ReaderPositions
    reader: Reader
    ledger: Ledger
    clock: MemoryClock

    @property
    def operator(self) -> DeadLetterService:
        auditor = Auditor(log=MemoryAuditLog(), clock=self.clock, ids=MemoryIds())
        return DeadLetterService(dead_letters=self.reader.dead_letters, auditor=auditor, clock=self.clock)

    async def until_idle(self) -> None:
        while await self.reader.step():
            pass

    async def send_again(self) -> None:
        for one in await self.operator.find(an_admin(), status=ParkedStatus.DEAD):
            await self.operator.send_again(an_admin(), one.reader, one.position)


@asynccontextmanager
async def scene(
    open_catalog: Callable[[], Any],
    trouble: Callable[[Event], BaseException | None],
    kind: type[Reader] = Reader,
    cars: int = CARS,
) -> AsyncIterator[Scene]:
    async with open_catalog() as offer:
        listings = await offer.get(LISTINGS)
        for first in range(1, cars + 1, CARS_AT_ONCE):
            await write(listings, range(first, min(first + CARS_AT_ONCE, cars + 1)))
        ledger, clock = Ledger(trouble), MemoryClock(NOW)
        log, positions = await offer.get(EVENTS), await offer.get(READERS)
        reader = kind(
            name="ledger", subscription=LogSubscription(log, positions, "ledger"),
            dead_letters=await offer.get(DEAD_LETTERS), clock=clock, policy=ledger,
        )  # fmt: skip
        yield Scene(listings, log, positions, reader, ledger, clock)


async def write(listings: ListingRepository, numbers: range) -> None:
    """All events of these cars, in turns."""
    drafts = [a_draft(number) for number in numbers]
    await listings.save_all(drafts)
    states: list[Listing] = [change.state for change in drafts]
    for price in range(1, EVENTS_A_CAR):
        changes = [state.reprice(Money(price, "USD"), now=NOW) for state in states]
        await listings.save_all(changes)
        states = [change.state for change in changes]


def poison(event: Event) -> BaseException | None:
    return ValueError("bad luck") if (event.key, event.version) == POISON else None


async def held_up(open_catalog: Callable[[], Any], kind: type[Reader] = Reader) -> tuple[int, int]:
    """
    One poisoned event, which is mended in the end.

    How many cars it held up besides its own while it waited; how many effects came out of order.
    """
    is_mended = False
    async with scene(open_catalog, lambda event: None if is_mended else poison(event), kind) as it:
        with suppress(ValueError):
            await it.until_idle()
        others = CARS - 1 - len(it.ledger.whole() - {POISON[0]})
        is_mended = True
        it.clock.advance(PAUSES[-1])
        await it.until_idle()
        return others, it.ledger.inversions()


@pytest.mark.promise("R9")
async def test_one_poisoned_event_in_a_thousand_holds_up_its_own_key_alone(open_catalog, record_property):
    async with scene(open_catalog, poison) as it:
        assert await it.log.last() == EVENTS_IN_ALL
        begun = perf_counter()
        await it.until_idle()  # no time passes for the reader: the lag of the others is how long this takes

        took = (perf_counter() - begun) * 1000
        record_property("figure", f"{EVENTS_IN_ALL - EVENTS_A_CAR} events of other keys through in {took:.0f} ms")
        assert len(it.ledger.whole()) == CARS - 1
        assert it.ledger.effects[POISON[0]] == [1, 2, 3]
        assert await it.positions.position("ledger") == EVENTS_IN_ALL
        assert await it.reader.dead_letters.count(WAITING) == 7


@pytest.mark.promise("R9")
async def test_a_poisoned_event_is_tried_five_times_and_then_is_a_dead_letter(open_catalog):
    async with scene(open_catalog, poison) as it:
        await it.until_idle()
        seen = [it.ledger.tries[POISON]]
        for pause in PAUSES:
            it.clock.advance(pause - timedelta(milliseconds=1))
            await it.until_idle()
            assert it.ledger.tries[POISON] == seen[-1]
            it.clock.advance(timedelta(milliseconds=1))
            await it.until_idle()
            seen.append(it.ledger.tries[POISON])
        it.clock.advance(timedelta(days=365))
        await it.until_idle()

        assert seen == [1, 2, 3, 4, 5]
        assert it.ledger.tries[POISON] == TRIES
        (dead,) = await it.reader.dead_letters.find(DEAD)
        assert ((dead.event.key, dead.event.version), dead.error) == (POISON, "ValueError: bad luck")
        assert it.ledger.effects[POISON[0]] == [1, 2, 3]


@pytest.mark.promise("R9")
async def test_a_dead_letter_that_is_sent_again_is_followed_by_its_queue_in_order(open_catalog):
    """Also where the log has long forgotten the events, and more of the key have come."""
    is_mended = False
    async with scene(open_catalog, lambda event: None if is_mended else poison(event)) as it:
        for pause in (timedelta(), *PAUSES):
            it.clock.advance(pause)
            await it.until_idle()
        waiting = await it.listings.get(a_draft(POISON[0].int).state.id)
        assert waiting is not None
        await it.listings.save(waiting.reprice(Money(77, "USD"), now=NOW))
        await it.listings.save(a_draft(CARS + 1))
        await it.until_idle()
        await it.log.prune(NOW + timedelta(days=7))
        assert it.ledger.effects[UUID(int=CARS + 1)] == [1]

        is_mended = True
        await it.send_again()
        await it.until_idle()

        assert it.ledger.effects[POISON[0]] == list(range(1, EVENTS_A_CAR + 2))
        assert it.ledger.inversions() == 0
        assert await it.reader.dead_letters.count(ParkedFilter()) == 0
        assert it.ledger.tries[POISON] == TRIES + 1


@pytest.mark.promise("R9")
async def test_a_dead_letter_that_is_discarded_lets_its_queue_go_on_without_it(open_catalog):
    async with scene(open_catalog, poison) as it:
        for pause in (timedelta(), *PAUSES):
            it.clock.advance(pause)
            await it.until_idle()
        (dead,) = await it.reader.dead_letters.find(DEAD)
        await it.operator.discard(an_admin(), dead.reader, dead.position)
        await it.until_idle()

        assert it.ledger.effects[POISON[0]] == [1, 2, 3, 5, 6, 7, 8, 9, 10]
        assert await it.reader.dead_letters.count(ParkedFilter()) == 0


@define
class Outage:
    """A component that is away, and an event that is poisoned besides."""

    is_away: bool = False
    is_mended: bool = False

    def __call__(self, event: Event) -> BaseException | None:
        if self.is_away:
            return UnavailableError("The mail server does not answer.")
        return None if self.is_mended else poison(event)


async def tries_burnt(open_catalog: Callable[[], Any], kind: type[Reader] = Reader) -> int:
    """In ten minutes in which a component is away: before anything was parked, and after."""
    outage = Outage(is_away=True)
    burnt = 0
    async with scene(open_catalog, outage, kind) as it:

        async def ten_minutes() -> None:
            for _ in range(600):
                it.clock.advance(SECOND)
                with suppress(UnavailableError):
                    await it.reader.step()

        async def tries() -> int:
            return sum(one.tries for one in await it.reader.dead_letters.find(ParkedFilter(), limit=EVENTS_IN_ALL))

        await ten_minutes()
        burnt += await tries()
        outage.is_away = False
        await it.until_idle()
        before, outage.is_away = await tries(), True
        await ten_minutes()
        burnt += await tries() - before
        outage.is_away, outage.is_mended = False, True
        await it.until_idle()
        await it.send_again()
        await it.until_idle()
        assert len(it.ledger.whole()) == CARS
        assert it.ledger.inversions() == 0
        return burnt


@pytest.mark.promise("R9")
async def test_ten_minutes_without_a_component_burn_no_tries(open_catalog):
    assert await tries_burnt(open_catalog) == 0


@define
class Dying:
    """A part of a store, and a process that dies now and then at one of its calls, before it or after."""

    _part: Any
    _rng: Random
    is_mended: bool = False

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._part, name)

        async def called(*said: Any, **more: Any) -> Any:
            self.perhaps()
            answer = await call(*said, **more)
            self.perhaps()
            return answer

        return called

    def perhaps(self) -> None:
        if not self.is_mended and self._rng.random() < 0.02:
            raise Died


async def lived_through(open_catalog: Callable[[], Any], seed: int, kind: type[Reader] = Reader) -> Ledger:
    """Errors, outages and deaths at random, and an operator who sends dead letters again; in the end all is mended."""
    rng = Random(seed)
    is_mended = False
    poisoned = {(UUID(int=rng.randint(1, 20)), rng.randint(1, EVENTS_A_CAR)) for _ in range(6)}

    def trouble(event: Event) -> BaseException | None:
        if is_mended:
            return None
        if (event.key, event.version) in poisoned and rng.random() < 0.8:
            return ValueError("bad luck")
        return rng.choices([None, UnavailableError("Away."), Died()], [0.97, 0.01, 0.02])[0]

    async with scene(open_catalog, trouble, kind, cars=20) as it:
        parts: list[Any] = [Dying(part, rng) for part in (it.positions, it.reader.dead_letters)]
        dying = evolve(it.reader, subscription=LogSubscription(it.log, parts[0], "ledger"), dead_letters=parts[1])
        for step in count():
            with suppress(UnavailableError, Died):
                await dying.step()
            it.clock.advance(SECOND * rng.randint(0, 60))
            if rng.random() < 0.1:
                await it.send_again()
            if step > 300:
                break
        is_mended = True
        for _ in range(2):
            await it.send_again()
            it.clock.advance(PAUSES[-1])
            await it.until_idle()
        assert await it.reader.dead_letters.count(ParkedFilter()) == 0
        return it.ledger


@pytest.mark.promise("R9")
async def test_whatever_fails_and_dies_nothing_is_lost_and_the_order_of_keys_is_kept(open_memory, record_property):
    record_property("on", "memory")
    for seed in SEEDS:
        ledger = await lived_through(open_memory, seed)

        assert (len(ledger.whole()), ledger.inversions()) == (20, 0), f"seed {seed}"


class StandsStill(Reader):
    """A mutant: what fails is in the way of all that follows."""

    async def _one_by_one(self, batch: Sequence[Recorded], error: Exception) -> Sequence[Recorded]:
        del batch
        raise error


class GoesOnWithTheKey(Reader):
    """A mutant: what fails is put aside, and what follows overtakes it."""

    async def _one_by_one(self, batch: Sequence[Recorded], error: Exception) -> Sequence[Recorded]:
        del error
        for item in batch:
            failure = await self._failure([item])
            if failure is not None:
                await self._park([item], failure)
        return []


class MovesFirst(Reader):
    """A mutant: moves on before it has put aside what failed, so that a death in between loses it."""

    async def _follow(self) -> int:
        recorded = await self.subscription.next(BATCH)
        if recorded:
            await self.subscription.done(recorded)
        held = await self.dead_letters.held(self.name)
        free = [item for item in recorded if item.event.key not in held]
        queued = [item for item in recorded if item.event.key in held]
        error = await self._failure(free)
        if error is not None:
            queued += await self._one_by_one(free, error)
        await self._park(queued)
        return len(recorded)


class BlamesTheEvent(Reader):
    """A mutant: an event that finds a component away is said to have failed."""

    async def _failure(self, items: Sequence[Recorded]) -> Exception | None:
        try:
            return await super()._failure(items)
        except UnavailableError as error:
            return error


@pytest.mark.promise("R9")
async def test_nobody_is_held_up_and_nobody_overtakes(open_catalog):
    assert await held_up(open_catalog) == (0, 0)


@pytest.mark.mutant("R9")
async def test_a_reader_that_stands_still_is_caught(open_catalog):
    others, _ = await held_up(open_catalog, StandsStill)

    assert others > 0


@pytest.mark.mutant("R9")
async def test_a_reader_that_goes_on_with_the_key_is_caught(open_catalog):
    others, inverted = await held_up(open_catalog, GoesOnWithTheKey)

    assert others == 0
    assert inverted > 0


@pytest.mark.mutant("R9")
async def test_a_reader_that_blames_the_event_is_caught(open_memory):
    assert await tries_burnt(open_memory, BlamesTheEvent) > 0


@pytest.mark.mutant("R9")
@pytest.mark.parametrize("kind", [MovesFirst, GoesOnWithTheKey])
async def test_a_reader_that_loses_or_inverts_when_it_dies_is_caught(open_memory, kind):
    ledgers = [await lived_through(open_memory, seed, kind) for seed in range(20)]

    assert any((len(one.whole()), one.inversions()) != (20, 0) for one in ledgers)
