"""
The jobs of a market: small bounded steps that somebody has to repeat.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from attrs import frozen

from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.ports.booking import BookingFilter, BookingRepository
from carmarket.ports.catalog import ListingFilter, ListingRepository
from carmarket.ports.clock import Clock
from carmarket.ports.events import EventLog, EventPublisher, Leadership, Outbox

EXPIRED_AT_ONCE = 500
KEPT = timedelta(days=7)


@frozen(kw_only=True)
class Job:
    """
    One bounded step, to be repeated every so often; it says how much it did, so that 0 means idle.

    One that can `wait` for what it follows is due as soon as that returns, for so many seconds at most. Jobs that are
    not `settling` are housekeeping that `settle` leaves out.
    """

    name: str
    every: timedelta
    step: Callable[[], Awaitable[int]]
    wait: Callable[[float], Awaitable[bool]] | None = None
    settling: bool = True
    is_own: bool = False
    """Whether no other process can do it for this one."""


@frozen(kw_only=True)
class Led:
    """A step that only the leading process takes."""

    leadership: Leadership
    step: Callable[[], Awaitable[int]]

    async def __call__(self) -> int:
        return await self.step() if await self.leadership.leads() else 0


@frozen(kw_only=True)
class ExpireListings:
    """Take listings from the public whose time is over."""

    listings: ListingRepository
    clock: Clock

    async def __call__(self) -> int:
        now = self.clock.now()
        wanted = ListingFilter(statuses=frozenset({ListingStatus.PUBLISHED}), expires_by=now)
        due = await self.listings.find(wanted, limit=EXPIRED_AT_ONCE)
        rejected = await self.listings.save_all([listing.expire(now=now) for listing in due])
        for one in rejected:
            if not isinstance(one.reason, ConcurrencyConflictError):
                raise one.reason
        return len(due) - len(rejected)


@frozen(kw_only=True)
class ExpireBookings:
    """End holds and requests that nobody decided on in time."""

    bookings: BookingRepository
    clock: Clock

    async def __call__(self) -> int:
        now = self.clock.now()
        ended = 0
        for booking in await self.bookings.find(BookingFilter(lapses_by=now), limit=EXPIRED_AT_ONCE):
            with suppress(ConcurrencyConflictError):  # somebody decided after all
                await self.bookings.save(booking.expire(now=now))
                ended += 1
        return ended


@frozen(kw_only=True)
class RemindCustomers:
    """Note that bookings begin soon; letters follow from that."""

    bookings: BookingRepository
    clock: Clock

    async def __call__(self) -> int:
        now = self.clock.now()
        reminded = 0
        for booking in await self.bookings.find(BookingFilter(remind_by=now), limit=EXPIRED_AT_ONCE):
            with suppress(ConcurrencyConflictError):  # it was called off at this moment
                await self.bookings.save(booking.remind(now=now))
                reminded += 1
        return reminded


@frozen(kw_only=True)
class RelayEvents:
    """Carry what a store has told to where events are read. Several who do so at once keep out of each other's way."""

    outbox: Outbox
    publisher: EventPublisher

    async def __call__(self) -> int:
        return await self.outbox.relay(self.publisher)


@frozen(kw_only=True)
class PruneEvents:
    """Forget events that are a week old; readers that are behind hold it up."""

    log: EventLog
    clock: Clock
    readers_are_idle: Callable[[], Awaitable[bool]]

    async def __call__(self) -> int:
        if not await self.readers_are_idle():
            return 0
        return await self.log.prune(self.clock.now() - KEPT)


async def settle(jobs: Sequence[Job]) -> None:
    """Run the jobs in turn until none of them finds anything to do."""
    while any([await job.step() for job in jobs if job.settling]):
        pass
