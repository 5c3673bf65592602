"""
What the other subjects hold about a person, and how each lets go of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from carmarket.core.booking.booking import Booking, BookingId
from carmarket.core.booking.lifecycle import BLOCKING, BookingStatus
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.core.search.alerts import Alert
from carmarket.core.users.ids import UserId
from carmarket.ports.booking import BookingFilter, BookingRepository
from carmarket.ports.catalog import LARGEST_BATCH, ListingFilter, ListingRepository
from carmarket.ports.clock import Clock
from carmarket.ports.saved_searches import AlertLog, SavedSearches
from carmarket.services.insisting import insist
from carmarket.services.users.privacy import Holding

T = TypeVar("T")
GONE = "The customer has left the market."


def bookings_of(bookings: BookingRepository, clock: Clock) -> Holding:
    """Open bookings are called off; they all stay as facts, without words, about somebody who is nobody."""

    async def held(user_id: UserId) -> Sequence[Booking]:
        return await _bookings(bookings, user_id)

    async def forget(user_id: UserId) -> None:
        await _call_off(bookings, user_id, clock)
        for booking in await held(user_id):
            if booking.reason not in {None, GONE}:
                await insist(bookings, booking, lambda it: it.forget(now=clock.now()))

    return Holding(name="bookings", held=held, forget=forget)


def listings_of(listings: ListingRepository, clock: Clock) -> Holding:
    """A private seller's cars are put away, without all that tells of their seller."""

    async def held(user_id: UserId) -> Sequence[Listing]:
        wanted = ListingFilter(seller=SellerId(user_id))
        return await _all(lambda after: listings.find(wanted, after=after and ListingId(after.id), limit=LARGEST_BATCH))

    async def forget(user_id: UserId) -> None:
        for listing in await held(user_id):
            await insist(listings, listing, lambda it: it.forget(now=clock.now()))

    return Holding(name="listings", held=held, forget=forget)


def saved_searches_of(searches: SavedSearches) -> Holding:
    """They go, with all that was found."""

    async def forget(user_id: UserId) -> None:
        await searches.forget(user_id)

    return Holding(name="saved-searches", held=searches.of_owner, forget=forget)


def alerts_of(alerts: AlertLog) -> Holding:
    """What was found for the person; it goes with the searches."""

    async def held(user_id: UserId) -> Sequence[Alert]:
        return await _all(lambda after: alerts.find(user_id, after=after and after.position, limit=LARGEST_BATCH))

    async def forget(user_id: UserId) -> None:
        """There is nothing left to do: see `SavedSearches.forget`."""

    return Holding(name="alerts", held=held, forget=forget)


async def _bookings(bookings: BookingRepository, user_id: UserId) -> Sequence[Booking]:
    """Of somebody who booked, and of somebody who sold on their own."""

    async def page(wanted: BookingFilter, last: Booking | None) -> Sequence[Booking]:
        return await bookings.find(wanted, after=None if last is None else last.id, limit=LARGEST_BATCH)

    found: dict[BookingId, Booking] = {}
    for wanted in (BookingFilter(customer=user_id), BookingFilter(seller=SellerId(user_id))):
        found |= {one.id: one for one in await _all(partial(page, wanted))}
    return tuple(found.values())


async def _call_off(bookings: BookingRepository, user_id: UserId, clock: Clock) -> None:
    """What has begun was missed; what lies ahead is cancelled."""
    wanted = BookingFilter(customer=user_id, statuses=BLOCKING)
    while batch := await bookings.find(wanted, limit=LARGEST_BATCH):
        for booking in batch:
            now = clock.now()
            has_begun = now >= booking.period.start and booking.status is BookingStatus.CONFIRMED
            was_missed = has_begun and booking.kind is not BookingKind.BUSY
            ended = booking.miss(now=now) if was_missed else booking.cancel(now=now, reason=GONE)
            with suppress(ConcurrencyConflictError):  # it ended at this moment: the next look shows
                await bookings.save(ended)


async def _all(page: Callable[[Any], Awaitable[Sequence[T]]]) -> Sequence[T]:
    """Page by page, to the end."""
    found: list[T] = []
    while batch := await page(found[-1] if found else None):
        found += batch
    return found
