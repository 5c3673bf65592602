"""
Clients who ask one store at the same time, and what a store is by the letter of its port.

It is long, for the letter of each port stands beside the clients who hold a store to it.

A booking store is, for each car, a set of bookings of which those that block are disjoint; a listing store is, for
each listing, a register with a version. Every write carries a stamp of its own, so that an answer tells whose it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from attrs import define, field, frozen

from carmarket.core.booking.booking import Booking, BookingId, PeriodTakenError
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.catalog.car import CarId
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.core.change import Change
from carmarket.core.errors import CarmarketError, ConcurrencyConflictError
from carmarket.core.money import Money
from carmarket.core.period import Period, milliseconds
from carmarket.ports.booking import BOOKING_RULES, BOOKINGS, BookingRepository
from carmarket.ports.catalog import LISTINGS, ListingRepository
from carmarket.ports.offer import Offer
from carmarket.testing.bookings import a_bookable_car, a_hold, from_to
from carmarket.testing.builders import NOW, a_draft
from carmarket.testing.histories import Call, History

CLIENTS, KEYS, LATEST_HOUR = 8, 3, 60
WINDOW = 12
"""So many bookings of a car are talked about at a time; old ones make way for new ones, a call in four."""
LONGEST = 10_000
"""More calls than a client ever makes: its number times this is where its stamps begin."""


@frozen
class Add:
    """A new booking."""

    number: int
    stamp: int
    start: int
    end: int


@frozen
class Save:
    """A later state of a booking or a listing."""

    number: int
    base: int
    stamp: int
    blocks: bool = True


@frozen
class Get:
    number: int


@frozen
class Blockers:
    """All that blocks the car."""


@frozen
class Kept:
    """What a store has of a booking."""

    number: int
    version: int
    stamp: int
    start: int
    end: int
    blocks: bool


Bookings = frozenset[Kept]
Register = tuple[int, int]
NOTHING: Register = (0, 0)


def booking_store(kept: Bookings, asked: Any, answered: Any) -> Bookings | None:
    """The store of one car's bookings."""
    if isinstance(asked, Blockers):
        blocking = sorted((one for one in kept if one.blocks), key=lambda one: one.start)
        return kept if answered == tuple((one.number, one.version, one.stamp) for one in blocking) else None
    found = next((one for one in kept if one.number == asked.number), None)
    if isinstance(asked, Get):
        return kept if answered == ((found.version, found.stamp) if found else NOTHING) else None
    if isinstance(asked, Add):
        is_taken = any(one.blocks and one.start < asked.end and asked.start < one.end for one in kept)
        expected = "conflict" if found else "taken" if is_taken else "ok"
        added = Kept(asked.number, 1, asked.stamp, asked.start, asked.end, blocks=True)
        return None if answered != expected else kept | {added} if expected == "ok" else kept
    if found is None or found.version != asked.base:
        return kept if answered == "conflict" else None
    saved = Kept(found.number, found.version + 1, asked.stamp, found.start, found.end, asked.blocks)
    return kept - {found} | {saved} if answered == "ok" else None


def listing_store(kept: Register, asked: Any, answered: Any) -> Register | None:
    """The store of one listing: its version, and the price that tells who wrote it."""
    if isinstance(asked, Get):
        return kept if answered == kept else None
    if kept[0] != asked.base:
        return kept if answered == "conflict" else None
    return (asked.base + 1, asked.stamp) if answered == "ok" else None


async def answer_of(work: Awaitable[object]) -> str:
    """What a write answers; what no port says goes through."""
    try:
        await work
    except PeriodTakenError:
        return "taken"
    except ConcurrencyConflictError:
        return "conflict"
    return "ok"


def stamp_of(booking: Booking) -> int:
    return milliseconds(booking.updated_at) - milliseconds(NOW)


@define
class BookingClient:
    """Adds, changes and reads bookings of a few cars; what it knows of them may be out of date."""

    bookings: BookingRepository
    history: History
    stamp: int
    rng: Random
    known: dict[tuple[int, int], Booking] = field(factory=dict)

    async def act(self) -> None:
        """One call."""
        self.stamp += 1
        car, number = self.rng.randrange(KEYS), 1 + self.stamp % LONGEST // 4 + self.rng.randrange(WINDOW)
        chance = self.rng.random()
        seen = self.known.get((car, number))
        if chance < 0.3:
            await self._add(car, number)
        elif chance < 0.65 and seen is not None and seen.blocks:
            await self._save(car, number, seen)
        elif chance < 0.9:
            await self.history.note(car, Get(number), self._get(car, number))
        else:
            await self.history.note(car, Blockers(), self._blockers(car))

    async def _add(self, car: int, number: int) -> None:
        start = 1 + self.rng.randrange(LATEST_HOUR)
        end = start + self.rng.choice([1, 2, 6])
        change = a_hold(
            car * LONGEST + number, from_to(start, end), car_id=CarId(UUID(int=1 + car)),
            now=NOW + timedelta(milliseconds=self.stamp),
        )  # fmt: skip
        asked = Add(number, self.stamp, start, end)
        if await self.history.note(car, asked, answer_of(self.bookings.add(change))) == "ok":
            self.known[car, number] = change.state

    async def _save(self, car: int, number: int, seen: Booking) -> None:
        now = NOW + timedelta(milliseconds=self.stamp)
        change: Change[Booking]
        if seen.status is BookingStatus.HELD and self.rng.random() < 0.6:
            change = seen.request(now=now, instant=False)
        elif seen.status is BookingStatus.REQUESTED and self.rng.random() < 0.5:
            change = seen.confirm(now=now)
        else:
            change = seen.cancel(now=now)
        asked = Save(number, seen.version, self.stamp, change.state.blocks)
        if await self.history.note(car, asked, answer_of(self.bookings.save(change))) == "ok":
            self.known[car, number] = change.state

    async def _get(self, car: int, number: int) -> Register:
        found = await self.bookings.get(BookingId(UUID(int=car * LONGEST + number)))
        if found is None:
            return NOTHING
        self.known[car, number] = found
        return found.version, stamp_of(found)

    async def _blockers(self, car: int) -> tuple[tuple[int, int, int], ...]:
        always = Period(NOW, NOW + timedelta(days=300))
        found = await self.bookings.blockers(CarId(UUID(int=1 + car)), always)
        return tuple((one.id.int % LONGEST, one.version, stamp_of(one)) for one in found)


@define
class ListingClient:
    """Writes and reads a few listings, one by one and several at once."""

    listings: ListingRepository
    history: History
    stamp: int
    rng: Random
    known: dict[int, Listing] = field(factory=dict)

    async def act(self) -> None:
        """One call."""
        self.stamp += 1
        chance = self.rng.random()
        if chance < 0.35:
            (change,) = self._changes(1)
            await self.history.note(change.state.id.int, self._asked(change), self._saved(change))
        elif chance < 0.6:
            await self._save_all()
        elif chance < 0.85:
            number = 1 + self.rng.randrange(KEYS)
            await self.history.note(number, Get(number), self._get(number))
        else:
            await self._get_many()

    def _changes(self, count: int) -> list[Change[Listing]]:
        numbers = self.rng.sample(range(1, KEYS + 1), count)
        return [self._change(number) for number in numbers]

    def _change(self, number: int) -> Change[Listing]:
        price = Money(self.stamp, "USD")
        seen = self.known.get(number)
        return seen.reprice(price, now=NOW) if seen else a_draft(number, price=price)

    def _asked(self, change: Change[Listing]) -> Save:
        return Save(change.state.id.int, change.base, self.stamp)

    async def _saved(self, change: Change[Listing]) -> str:
        answered = await answer_of(self.listings.save(change))
        if answered == "ok":
            self.known[change.state.id.int] = change.state
        return answered

    async def _save_all(self) -> None:
        changes = self._changes(KEYS)
        began = self.history.now()
        rejected = {one.change.state.id: one.reason for one in await self.listings.save_all(changes)}
        ended = self.history.now()
        for change in changes:
            reason = rejected.get(change.state.id)
            self._note(change.state.id.int, self._asked(change), _told(reason), (began, ended))
            if reason is None:
                self.known[change.state.id.int] = change.state

    async def _get(self, number: int) -> Register:
        return self._look(number, await self.listings.get(ListingId(UUID(int=number))))

    async def _get_many(self) -> None:
        numbers = range(1, KEYS + 1)
        began = self.history.now()
        found = {one.id.int: one for one in await self.listings.get_many([ListingId(UUID(int=n)) for n in numbers])}
        ended = self.history.now()
        for number in numbers:
            self._note(number, Get(number), self._look(number, found.get(number)), (began, ended))

    def _look(self, number: int, found: Listing | None) -> Register:
        if found is None:
            return NOTHING
        self.known[number] = found
        return found.version, found.price.current.amount

    def _note(self, number: int, asked: object, answered: object, moments: tuple[int, int]) -> None:
        began, ended = moments
        self.history.calls.append(Call(key=number, asked=asked, answered=answered, began=began, ended=ended))


def _told(reason: CarmarketError | None) -> str:
    assert reason is None or isinstance(reason, ConcurrencyConflictError)
    return "ok" if reason is None else "conflict"


@frozen
class Subject:
    """A port, its clients, and what it is by its letter."""

    name: str
    open: Callable[[Offer], Awaitable[Any]]
    client: Callable[[Any, History, int, Random], Any]
    first: Any
    step: Callable[[Any, Any, Any], Any]


async def open_bookings(offer: Offer) -> BookingRepository:
    rules = await offer.get(BOOKING_RULES)
    await rules.tell_cars([a_bookable_car(CarId(UUID(int=1 + car))) for car in range(KEYS)])
    return await offer.get(BOOKINGS)


async def open_listings(offer: Offer) -> ListingRepository:
    return await offer.get(LISTINGS)


SUBJECTS = [
    Subject("bookings", open_bookings, BookingClient, frozenset(), booking_store),
    Subject("listings", open_listings, ListingClient, NOTHING, listing_store),
]


async def ask(
    subject: Subject, stores: Sequence[Any], history: History, calls: int, *, seed: int, clients: Iterable[int]
) -> None:
    """Let clients loose on the stores, which are several ways to one; each makes so many calls."""

    async def run(number: int) -> None:
        rng = Random(seed * 1_000 + number)
        client = subject.client(stores[number % len(stores)], history, number * LONGEST, rng)
        for _ in range(calls):
            await client.act()

    await asyncio.gather(*map(run, clients))
