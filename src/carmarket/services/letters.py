"""
What people are written when something happens to their bookings, enquiries and dealers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from attrs import frozen

from carmarket.core.booking.booking import Booking, BookingId
from carmarket.core.booking.events import (
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingDeclined,
    BookingEvent,
    BookingReminded,
    BookingRequested,
)
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.catalog.listing import ListingId
from carmarket.core.enquiries.events import EnquiryMade, MessageWritten
from carmarket.core.events import Event
from carmarket.core.letters import LetterKind
from carmarket.core.side import Side
from carmarket.core.users.dealer import DealerStatus
from carmarket.core.users.events import DealerRejected, DealerSuspended, DealerVerified
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.roles import Role
from carmarket.ports.booking import BookingRepository, BookingRules
from carmarket.ports.catalog import ListingRepository
from carmarket.ports.clock import Clock
from carmarket.ports.users import DealerRepository, UserFilter, UserRepository
from carmarket.services.post import Post

TO_CUSTOMERS = {
    BookingConfirmed: LetterKind.BOOKING_CONFIRMED,
    BookingDeclined: LetterKind.BOOKING_DECLINED,
    BookingCancelled: LetterKind.BOOKING_CANCELLED,
    BookingReminded: LetterKind.BOOKING_REMINDER,
    BookingCompleted: LetterKind.REVIEW_INVITATION,
}
TO_DEALERS: Mapping[type[Event], LetterKind] = {
    DealerVerified: LetterKind.DEALER_VERIFIED,
    DealerRejected: LetterKind.DEALER_REJECTED,
    DealerSuspended: LetterKind.DEALER_SUSPENDED,
}
JUDGED = {
    LetterKind.DEALER_VERIFIED: DealerStatus.VERIFIED,
    LetterKind.DEALER_REJECTED: DealerStatus.REJECTED,
    LetterKind.DEALER_SUSPENDED: DealerStatus.SUSPENDED,
}
ANSWERING = (Role.DEALER_OWNER, Role.DEALER_MANAGER)
"""Who at a dealer is written to; the others see it when they look."""
STALE = timedelta(days=2)
"""What is older is no news: a reader that is new on a market writes no letters about its past."""
DECIDED = frozenset({BookingStatus.REQUESTED, BookingStatus.CONFIRMED})


@frozen(kw_only=True)
class AddressBook:
    """Who is behind a seller, and what a car is called."""

    users: UserRepository
    listings: ListingRepository

    async def sellers(self, seller: SellerId) -> Sequence[UserId]:
        """The owners and managers of a dealer, or the private seller."""
        staff = [
            user.id
            for role in ANSWERING
            for user in await self.users.find(UserFilter(dealer_id=DealerId(seller), role=role))
        ]
        return staff or [UserId(seller)]

    async def car(self, car_id: CarId) -> str:
        listing = await self.listings.get(ListingId(car_id))
        return "Car" if listing is None else listing.details.vehicle.title


@frozen(kw_only=True)
class WhenABookingChangesWriteToItsPeople:
    """
    The customer hears what the dealer decides, the dealer what the customer does.

    Letters have their ids from the event, so that one that is sent again is the same letter. What is told is the
    booking as it is by now; one that has ended since is not announced any more.
    """

    bookings: BookingRepository
    rules: BookingRules
    book: AddressBook
    post: Post
    clock: Clock

    async def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, BookingEvent) and event.at > self.clock.now() - STALE:
                await self._tell(event)

    async def _tell(self, event: BookingEvent) -> None:
        kind = TO_CUSTOMERS.get(type(event))
        is_for_seller = isinstance(event, BookingRequested) or (
            isinstance(event, BookingCancelled) and event.before in DECIDED
        )
        if kind is None and not is_for_seller:
            return
        booking = await self.bookings.get(BookingId(event.key))
        if booking is None or (booking.status is not event.status and isinstance(event, BookingRequested)):
            return
        if isinstance(event, BookingReminded) and booking.period.start <= self.clock.now():
            return
        facts = await self._facts(booking)
        if kind is not None and not (isinstance(event, BookingCancelled) and event.before is BookingStatus.HELD):
            await self.post.send(event.customer, kind, facts, letter_id=uuid5(event.id, "customer"))
        if is_for_seller:
            to_seller = (
                LetterKind.BOOKING_REQUESTED if isinstance(event, BookingRequested) else LetterKind.BOOKING_CANCELLED
            )
            for user_id in await self.book.sellers(event.seller):
                await self.post.send(user_id, to_seller, facts, letter_id=_letter(event.id, user_id))

    async def _facts(self, booking: Booking) -> dict[str, str]:
        rules = await self.rules.rules(booking.seller)
        zone = ZoneInfo(rules.hours.time_zone if rules is not None else "UTC")
        return {
            "car": await self.book.car(booking.car_id),
            "kind": booking.kind.value,
            "start": booking.period.start.astimezone(zone).isoformat(),
            "end": booking.period.end.astimezone(zone).isoformat(),
            "reason": booking.reason or "",
            "link": f"/bookings/{booking.id}",
        }


@frozen(kw_only=True)
class WhenAMessageIsWrittenTellTheOtherSide:
    """
    A letter without the message: it is read where it can be answered.

    Those that come before it was read add no letters, so that nobody fills a mailbox by writing on.
    """

    book: AddressBook
    post: Post
    clock: Clock

    async def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            is_recent = event.at > self.clock.now() - STALE
            if is_recent and isinstance(event, EnquiryMade | MessageWritten) and _is_first(event):
                await self._tell(event)

    async def _tell(self, event: EnquiryMade | MessageWritten) -> None:
        facts = {"car": await self.book.car(event.car_id), "link": f"/enquiries/{event.key}"}
        is_answer = isinstance(event, MessageWritten) and event.author is Side.SELLER
        told = [event.customer] if is_answer else await self.book.sellers(event.seller)
        for user_id in told:
            if user_id is not None:
                await self.post.send(user_id, LetterKind.MESSAGE, facts, letter_id=_letter(event.id, user_id))


@frozen(kw_only=True)
class WhenADealerIsJudgedTellItsOwners:
    """What an admin has decided, as long as it stands."""

    dealers: DealerRepository
    book: AddressBook
    post: Post
    clock: Clock

    async def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            kind = TO_DEALERS.get(type(event))
            if kind is not None and event.at > self.clock.now() - STALE:
                await self._tell(event, kind)

    async def _tell(self, event: Event, kind: LetterKind) -> None:
        dealer = await self.dealers.get(DealerId(event.key))
        if dealer is None or dealer.status is not JUDGED[kind]:
            return
        facts = {"dealer": dealer.name, "reason": dealer.reason or "", "link": "/dealer"}
        for user_id in await self.book.sellers(SellerId(dealer.id)):
            await self.post.send(user_id, kind, facts, letter_id=_letter(event.id, user_id))


def _is_first(event: EnquiryMade | MessageWritten) -> bool:
    """Whether it is the first that the other side has not seen."""
    return isinstance(event, EnquiryMade) or event.unread == 1


def _letter(event_id: UUID, user_id: UserId) -> UUID:
    return uuid5(event_id, str(user_id))
