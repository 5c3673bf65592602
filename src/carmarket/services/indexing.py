"""
Keeping the search index in step with the catalog.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from uuid import UUID, uuid5

from attrs import frozen

from carmarket.core.booking.events import BookingEvent
from carmarket.core.booking.lifecycle import BLOCKING
from carmarket.core.catalog.car import CarId
from carmarket.core.catalog.events import ListingEvent
from carmarket.core.catalog.listing import Listing
from carmarket.core.errors import UnavailableError
from carmarket.core.events import Event
from carmarket.core.money import RateTable
from carmarket.core.period import Period
from carmarket.core.search.document import BookingFact, Entry, Fact, ListingFact
from carmarket.ports.booking import BookingFilter, BookingRepository
from carmarket.ports.catalog import LARGEST_BATCH, ListingFilter, ListingRepository
from carmarket.ports.clock import Ids
from carmarket.ports.events import EventLog, ReaderPositions, Subscription
from carmarket.ports.fallback import SearchFallback
from carmarket.ports.search import IndexSnapshots, Rebuilt, SearchIndex

BATCH = 500


def facts_of(events: Iterable[Event], rates: RateTable) -> list[Fact]:
    """What events tell an index."""
    facts: list[Fact] = []
    for event in events:
        if isinstance(event, ListingEvent):
            entry = Entry.of(event.after, rates) if event.after else None
            facts.append(ListingFact(car_id=CarId(event.key), version=event.version, entry=entry))
        elif isinstance(event, BookingEvent):
            facts.append(_booked(event.car_id, event.key, event.version, event.blocked, blocks=event.blocks))
    return facts


def fact_of(listing: Listing, rates: RateTable) -> ListingFact:
    """What a listing's present state tells an index; one that is not public leaves a tombstone."""
    car = listing.public
    entry = Entry.of(car, rates) if car else None
    return ListingFact(car_id=CarId(listing.id), version=listing.version, entry=entry)


def _booked(car_id: CarId, booking_id: UUID, version: int, period: Period, *, blocks: bool) -> BookingFact:
    return BookingFact(car_id=car_id, booking_id=booking_id, version=version, period=period, blocks=blocks)


@frozen(kw_only=True)
class IndexKeeper:
    """Follows the event log into the index, and starts over from the catalog when it has to."""

    index: SearchIndex
    listings: ListingRepository
    bookings: BookingRepository
    subscription: Subscription
    """Of all processes together, where a broker keeps the events and they share one index."""
    log: EventLog | None
    """Where each process follows by the position of its own index."""
    positions: ReaderPositions | None
    ids: Ids
    rates: RateTable
    snapshots: IndexSnapshots | None = None
    fallback: SearchFallback | None = None

    async def start(self) -> None:
        """
        Bring a new index to where the log is.

        A snapshot is taken if this very database vouches for it and the log still has what followed. Where something
        else finds cars meanwhile, an index that is away is brought there once it is back, by `step`.
        """
        try:
            await self._start()
        except UnavailableError:
            if self.fallback is None:
                raise

    async def _start(self) -> None:
        position = await self.index.position()
        if self.log is None:
            if not position:
                await self.rebuild()
            return
        if self.snapshots is not None:
            stored = await self.snapshots.stored()
            if stored is not None and await self._can_follow(self.log, *stored) and await self.snapshots.load():
                await self.catch_up()
                return
        if position and await self.log.pruned() <= position:  # an index that outlives its processes
            await self.catch_up()
        elif not position or position < await self.log.last():  # cars of another market come without events
            await self.rebuild()

    async def step(self) -> int:
        """Take in the next events; how many there were. An index that has missed some is rebuilt."""
        if self.log is None:
            return await self._step_together()
        position = await self.index.position()
        if position < await self.log.pruned():
            return (await self.rebuild()).facts
        recorded = await self.log.read(position, BATCH)
        if recorded:
            facts = facts_of((item.event for item in recorded), self.rates)
            await self.index.apply(facts, position=recorded[-1].position)
        return len(recorded)

    async def wait(self, seconds: float) -> bool:
        """Wait so long at most until there is something to take in; whether there is."""
        if self.log is None:
            return await self.subscription.wait(seconds)
        return await self.log.wait(await self.index.position(), seconds)

    async def lag(self) -> int | None:
        """How many events the index has not taken in; `None` where only the broker could tell."""
        return None if self.log is None else max(0, await self.log.last() - await self.index.position())

    async def _step_together(self) -> int:
        if await self.subscription.has_missed():
            await self.rebuild()
            await self.subscription.done(())
        recorded = await self.subscription.next(BATCH)
        if recorded:
            await self.index.apply(facts_of((item.event for item in recorded), self.rates))
            await self.subscription.done(recorded)
        return len(recorded)

    async def catch_up(self) -> None:
        """Take in all events that there are now."""
        while await self.step():
            pass

    async def rebuild(self) -> Rebuilt:
        """Build the index anew from the catalog while the old one goes on answering."""
        position = await self.index.position() + 1 if self.log is None else await self.log.last()
        return await self.index.rebuild(self._scan(), position=position)

    async def refill(self) -> None:
        """Tell the fallback, if there is one, of the whole catalog, at the present rates."""
        if self.fallback is not None:
            async for batch in self._scan():
                await self.fallback.tell(batch)

    async def snapshot(self) -> None:
        """Put the index into its file, if it has one, so that the next start is quick."""
        positions = self.positions
        if self.snapshots is not None and positions is not None:
            token = self.ids.new()

            async def commit() -> None:
                await positions.mark(self._mark(token))

            await self.snapshots.save(token, commit)

    async def knows(self, token: UUID) -> bool:
        """Whether this very database vouches for a snapshot, made at the present rates."""
        return self.positions is not None and await self.positions.has_mark(self._mark(token))

    def _mark(self, token: UUID) -> UUID:
        """Prices are kept in the base currency, so new rates make old snapshots worthless."""
        return uuid5(token, f"{self.rates.base}:{sorted(self.rates.rates.items())}")

    async def _can_follow(self, log: EventLog, token: UUID, position: int) -> bool:
        return await self.knows(token) and await log.pruned() <= position <= await log.last()

    async def _scan(self) -> AsyncIterator[Sequence[Fact]]:
        """All listings and all bookings that block. What is written after a batch was read comes by the log."""
        last = None
        while batch := await self.listings.find(ListingFilter(), after=last, limit=LARGEST_BATCH):
            yield [fact_of(listing, self.rates) for listing in batch]
            if len(batch) < LARGEST_BATCH:
                break
            last = batch[-1].id
        after = None
        while found := await self.bookings.find(BookingFilter(statuses=BLOCKING), after=after, limit=LARGEST_BATCH):
            yield [_booked(one.car_id, one.id, one.version, one.blocked, blocks=True) for one in found]
            if len(found) < LARGEST_BATCH:
                return
            after = found[-1].id
