"""
What the other subjects hold about a person, and how each lets go of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from attrs import evolve

from carmarket.core.booking.booking import Booking, BookingId
from carmarket.core.booking.lifecycle import BLOCKING, BookingStatus
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.lifecycle import ENDED
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.core.search.alerts import Alert
from carmarket.core.users.ids import UserId
from carmarket.ports.booking import BookingFilter, BookingRepository
from carmarket.ports.catalog import LARGEST_BATCH, ListingFilter, ListingRepository
from carmarket.ports.clock import Clock
from carmarket.ports.saved_searches import AlertLog, SavedSearches
from carmarket.services.users.privacy import Holding

T = TypeVar("T")
GONE = "The customer has left the market."


def bookings_of(bookings: BookingRepository, clock: Clock) -> Holding:
    """Open bookings are called off; the others stay as facts about a customer who is nobody."""

    async def held(user_id: UserId) -> Sequence[Booking]:
        wanted = BookingFilter(customer=user_id)
        return await _all(lambda after: bookings.find(wanted, after=after and BookingId(after.id), limit=LARGEST_BATCH))

    async def forget(user_id: UserId) -> None:
        wanted = BookingFilter(customer=user_id, statuses=BLOCKING)
        while batch := await bookings.find(wanted, limit=LARGEST_BATCH):
            for booking in batch:
                now = clock.now()
                has_begun = now >= booking.period.start and booking.status is BookingStatus.CONFIRMED
                ended = (
                    booking.miss(now=now)
                    if has_begun and booking.kind is not BookingKind.BUSY
                    else booking.cancel(now=now, reason=GONE)
                )
                with suppress(ConcurrencyConflictError):  # it ended at this moment: the next look shows
                    await bookings.save(ended)

    return Holding(name="bookings", held=held, forget=forget)


def listings_of(listings: ListingRepository, clock: Clock) -> Holding:
    """A private seller's cars are put away, without the words that their seller found for them."""

    async def held(user_id: UserId) -> Sequence[Listing]:
        wanted = ListingFilter(seller=SellerId(user_id))
        return await _all(lambda after: listings.find(wanted, after=after and ListingId(after.id), limit=LARGEST_BATCH))

    async def forget(user_id: UserId) -> None:
        for listing in await held(user_id):
            await _put_away(listing)

    async def _put_away(listing: Listing) -> None:
        current: Listing | None = listing
        while current is not None and current.status not in ENDED:
            try:
                return await listings.save(_wordless(current, clock.now()))
            except ConcurrencyConflictError:
                current = await listings.get(listing.id)
        return None

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


def _wordless(listing: Listing, now: datetime) -> Change[Listing]:
    details = evolve(listing.details, description="")
    return listing.revise(details, now=now).then(lambda it: it.archive(now=now))


async def _all(page: Callable[[Any], Awaitable[Sequence[T]]]) -> Sequence[T]:
    """Page by page, to the end."""
    found: list[T] = []
    while batch := await page(found[-1] if found else None):
        found += batch
    return found
