"""
What follows from what happened: sentences that say when and what. Readers carry them out.

It is long, for it is the one page that tells what follows from what, a short class a sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import frozen

from carmarket.core.booking.booking import BookingId
from carmarket.core.booking.events import BookingCompleted, BookingEvent
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.booking.quote import BookingKind
from carmarket.core.booking.rules import BookableCar
from carmarket.core.catalog.car import Car, CarId, SellerId
from carmarket.core.catalog.events import ListingEvent, PhotosUploaded
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import ListingId
from carmarket.core.enquiries.enquirable import EnquirableCar
from carmarket.core.events import Event
from carmarket.core.money import RateTable
from carmarket.core.reviews.events import ReviewWritten
from carmarket.core.reviews.reviewable import ReviewableBooking
from carmarket.core.search.alerts import MOST_AT_ONCE, Alert, begun, newly_matches, seen
from carmarket.core.search.document import Entry
from carmarket.core.search.saved import HowOften, SavedSearch
from carmarket.ports.booking import BookingFilter, BookingRepository, BookingRules
from carmarket.ports.catalog import LARGEST_BATCH, ListingFilter, ListingRepository
from carmarket.ports.clock import Clock
from carmarket.ports.enquiries import EnquirableCars
from carmarket.ports.fallback import SearchFallback
from carmarket.ports.reviews import ReviewableBookings
from carmarket.ports.saved_searches import AlertLog, SavedSearches
from carmarket.services.indexing import facts_of
from carmarket.services.photos import PhotoService
from carmarket.services.reviews import ReviewService
from carmarket.services.webhooks import WebhookService

WITHDRAWN = frozenset({ListingStatus.SOLD, ListingStatus.ARCHIVED, ListingStatus.REJECTED, ListingStatus.PENDING})
"""A car in these states comes back to nobody who has booked it; one that was recalled is pending."""
OPEN = frozenset({BookingStatus.HELD, BookingStatus.REQUESTED, BookingStatus.CONFIRMED})
LET_GO = frozenset({BookingStatus.CANCELLED, BookingStatus.NO_SHOW, BookingStatus.COMPLETED})
Found = tuple[SavedSearch, Car, datetime]
"""A search, the car that it newly finds, and since when."""


@frozen(kw_only=True)
class WhenPhotosAreUploadedReEncodeThem:
    """Idempotent by state: a photo that is settled is not looked at again."""

    photos: PhotoService

    async def __call__(self, events: Sequence[Event]) -> None:
        uploaded = {event.key for event in events if isinstance(event, PhotosUploaded)}
        if uploaded:
            await self.photos.develop_patiently([ListingId(key) for key in sorted(uploaded)])


@frozen(kw_only=True)
class WhenAListingChangesKeepItsCarBookable:
    """
    Booking goes by what it was told of a car; a car that is gone takes its open bookings with it.

    First the car is told to be no longer bookable, and then its bookings are called off, so that none comes in
    between. Idempotent by versions and by transitions.
    """

    bookings: BookingRepository
    rules: BookingRules
    clock: Clock

    async def __call__(self, events: Sequence[Event]) -> None:
        newest = {event.key: event for event in events if isinstance(event, ListingEvent)}
        await self.rules.tell_cars(
            [_car(one.key, version=one.version, seller=one.seller, status=one.status) for one in newest.values()]
        )
        for event in newest.values():
            if event.status in WITHDRAWN:
                await self._call_off(event)

    async def _call_off(self, event: ListingEvent) -> None:
        """What has taken place and the reservation that led to the sale are completed, all else the seller cancels."""
        now = self.clock.now()
        wanted = BookingFilter(car_id=CarId(event.key), statuses=OPEN)
        while batch := await self.bookings.find(wanted, limit=LARGEST_BATCH):
            for booking in batch:
                led_to_it = event.status is ListingStatus.SOLD and booking.kind is BookingKind.RESERVATION
                was_it = (
                    booking.status is BookingStatus.CONFIRMED
                    and booking.kind is not BookingKind.BUSY
                    and (booking.period.end <= now or (led_to_it and booking.period.start <= event.at))
                )
                told = f"The car is {event.status}."
                ended = booking.complete(now=now) if was_it else booking.cancel(now=now, reason=told, by_seller=True)
                await self.bookings.save(ended)


@frozen(kw_only=True)
class WhenACarNewlyMatchesTellItsSeekers:
    """
    Write down an alert for every search that finds the car after the event and did not before; letters follow it.

    Idempotent by the alert's id, of the search, the car and its version. Prices are compared at the rates of now on
    both sides, so that new rates alone tell nobody anything.
    """

    searches: SavedSearches
    alerts: AlertLog
    clock: Clock
    rates: RateTable

    async def __call__(self, events: Sequence[Event]) -> None:
        found = [pair for event in events if isinstance(event, ListingEvent) for pair in await self._found(event)]
        for start in range(0, len(found), LARGEST_BATCH):
            await self._write(found[start : start + LARGEST_BATCH])

    async def _found(self, event: ListingEvent) -> Sequence[Found]:
        car = event.after
        if car is None:
            return ()
        before = Entry.of(event.before, self.rates) if event.before else None
        matching = await self.searches.matching(seen(Entry.of(car, self.rates)))
        return [(search, car, event.at) for search in matching if newly_matches(search, before=before, at=event.at)]

    async def _write(self, found: Sequence[Found]) -> None:
        """Where one search finds a flood of cars, those beyond the first wait for the letter of the day."""
        now = self.clock.now()
        at_once = {search.id for search, _, _ in found if search.how_often is HowOften.AT_ONCE}
        counts = Counter(await self.alerts.counts(at_once, begun(now)))
        alerts = []
        for search, car, at in found:
            counts[search.id] += 1
            waits = search.id in at_once and counts[search.id] > MOST_AT_ONCE
            alerts.append(Alert.of(search, car, at=at, now=now, how_often=HowOften.DAILY if waits else None))
        await self.alerts.add(alerts)


@frozen(kw_only=True)
class TellAllCars:
    """What booking has to know of every car, from the catalog itself."""

    listings: ListingRepository
    rules: BookingRules

    async def __call__(self) -> None:
        last = None
        while batch := await self.listings.find(ListingFilter(), after=last, limit=LARGEST_BATCH):
            await self.rules.tell_cars(
                [_car(one.id, version=one.version, seller=one.seller, status=one.status) for one in batch]
            )
            last = batch[-1].id


@frozen(kw_only=True)
class WhenAReservationIsConfirmedReserveTheListing:
    """And when it ends without a sale, put the car before the public again. Idempotent by transitions."""

    listings: ListingRepository
    bookings: BookingRepository
    clock: Clock

    async def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, BookingEvent) and event.kind is BookingKind.RESERVATION:
                await self._follow(event)

    async def _follow(self, event: BookingEvent) -> None:
        listing = await self.listings.get(ListingId(event.car_id))
        if listing is None:
            return
        now = self.clock.now()
        if event.status is BookingStatus.CONFIRMED and listing.status is ListingStatus.PUBLISHED:
            await self.listings.save(listing.reserve(now=now))
        elif (
            event.status in LET_GO
            and event.before is BookingStatus.CONFIRMED
            and listing.status is ListingStatus.RESERVED
            and not await self._is_reserved(event.car_id)
        ):
            await self.listings.save(listing.release(now=now))

    async def _is_reserved(self, car_id: CarId) -> bool:
        wanted = BookingFilter(car_id=car_id, statuses=frozenset({BookingStatus.CONFIRMED}))
        confirmed = await self.bookings.find(wanted, limit=LARGEST_BATCH)
        return any(one.kind is BookingKind.RESERVATION for one in confirmed)


@frozen(kw_only=True)
class WhenAListingChangesKeepItsCarEnquirable:
    """Enquiries go by what they were told of a car. Idempotent by versions."""

    cars: EnquirableCars

    async def __call__(self, events: Sequence[Event]) -> None:
        newest = {event.key: event for event in events if isinstance(event, ListingEvent)}
        await self.cars.tell([
            _enquirable(one.key, version=one.version, seller=one.seller, status=one.status) for one in newest.values()
        ])  # fmt: skip


@frozen(kw_only=True)
class TellEnquiriesOfAllCars:
    """What enquiries have to know of every car, from the catalog itself."""

    listings: ListingRepository
    cars: EnquirableCars

    async def __call__(self) -> None:
        last = None
        while batch := await self.listings.find(ListingFilter(), after=last, limit=LARGEST_BATCH):
            await self.cars.tell([
                _enquirable(one.id, version=one.version, seller=one.seller, status=one.status) for one in batch
            ])  # fmt: skip
            last = batch[-1].id


@frozen(kw_only=True)
class WhenACarChangesKeepTheFallbackInStep:
    """While the index is away searches go by what stands beside the catalog. Idempotent by versions."""

    fallback: SearchFallback
    rates: RateTable

    async def __call__(self, events: Sequence[Event]) -> None:
        await self.fallback.tell(facts_of(events, self.rates))


@frozen(kw_only=True)
class WhenABookingIsCompletedItCanBeReviewed:
    """Reviews go by what they were told of bookings. Idempotent: what is known of a booking stays."""

    bookings: ReviewableBookings

    async def __call__(self, events: Sequence[Event]) -> None:
        completed = [event for event in events if isinstance(event, BookingCompleted)]
        await self.bookings.tell([
            ReviewableBooking(
                id=BookingId(one.key), car_id=one.car_id, seller=one.seller, customer=one.customer,
                completed_at=one.at,
            )
            for one in completed
        ])  # fmt: skip


@frozen(kw_only=True)
class TellCompletedBookings:
    """What reviews have to know of every completed booking, from booking itself. Nothing comes after completion."""

    bookings: BookingRepository
    reviewable: ReviewableBookings

    async def __call__(self) -> None:
        wanted = BookingFilter(statuses=frozenset({BookingStatus.COMPLETED}))
        last = None
        while batch := await self.bookings.find(wanted, after=last, limit=LARGEST_BATCH):
            await self.reviewable.tell([
                ReviewableBooking(
                    id=one.id, car_id=one.car_id, seller=one.seller, customer=one.customer,
                    completed_at=one.updated_at,
                )
                for one in batch
            ])  # fmt: skip
            last = batch[-1].id


@frozen(kw_only=True)
class WhenBothSidesHaveReviewedRevealThem:
    """Idempotent by state: what is revealed stays so."""

    reviews: ReviewService

    async def __call__(self, events: Sequence[Event]) -> None:
        for booking_id in {event.booking_id for event in events if isinstance(event, ReviewWritten)}:
            await self.reviews.reveal_both(booking_id)


@frozen(kw_only=True)
class WhenSomethingHappensTellIntegrators:
    """Idempotent by the ids of deliveries: one for an event and a webhook."""

    webhooks: WebhookService

    async def __call__(self, events: Sequence[Event]) -> None:
        await self.webhooks.tell(events)


def _car(listing_id: UUID, *, version: int, seller: SellerId, status: ListingStatus) -> BookableCar:
    return BookableCar(
        id=CarId(listing_id), version=version, seller=seller, is_bookable=status is ListingStatus.PUBLISHED
    )


def _enquirable(listing_id: UUID, *, version: int, seller: SellerId, status: ListingStatus) -> EnquirableCar:
    return EnquirableCar(
        id=CarId(listing_id), version=version, seller=seller, is_enquirable=status is ListingStatus.PUBLISHED
    )
