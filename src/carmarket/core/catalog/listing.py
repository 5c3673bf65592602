"""
The listing: a car, its seller's terms and where it stands in its life.

It is long, for every decision about a listing is a method of it, and they are read together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NewType
from uuid import UUID

from attrs import evolve, frozen

from carmarket.core.catalog import events
from carmarket.core.catalog.car import Car, CarId, SellerId
from carmarket.core.catalog.lifecycle import ENDED, RECALLABLE, ListingAction, ListingStatus, next_status
from carmarket.core.catalog.photos import Photo, PhotoId, Photos
from carmarket.core.catalog.prices import AskingPrice
from carmarket.core.catalog.vehicle import Odometer, Vehicle
from carmarket.core.catalog.vin import Vin, parse_vin
from carmarket.core.change import Change
from carmarket.core.errors import ConflictError, InvalidError, VinTakenError
from carmarket.core.money import Money
from carmarket.core.place import Place
from carmarket.core.text import short

ListingId = NewType("ListingId", UUID)
LIFETIME = timedelta(days=60)
"""How long a listing stays before the public unless it is renewed."""
LONGEST_DESCRIPTION = 20_000


@frozen(kw_only=True)
class Details:
    """
    What a seller says of the car, all but its price and photos.

    Raises: InvalidError for a VIN, text or stock number that breaks its rule.
    """

    vehicle: Vehicle
    vin: Vin | None = None
    odometer: Odometer | None = None
    place: Place | None = None
    description: str = ""
    """Plain text, at most 20,000 letters."""
    stock_number: str | None = None
    """The dealer's own number; only the seller sees it."""

    def __attrs_post_init__(self) -> None:
        if self.vin is not None and parse_vin(self.vin) != self.vin:
            raise InvalidError(
                "A VIN is stored in capitals without spaces.",
                field="vin",
                value=self.vin,
                expected=parse_vin(self.vin),
            )
        short("description", self.description, LONGEST_DESCRIPTION)
        short("stock_number", self.stock_number)


@frozen(kw_only=True)
class Listing:
    """An aggregate: every method that decides something returns a Change and alters nothing itself."""

    id: ListingId
    version: int
    status: ListingStatus
    seller: SellerId
    details: Details
    price: AskingPrice
    photos: Photos = Photos()
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None = None
    """When it first came before the public."""
    expires_at: datetime | None = None
    rejection: str | None = None
    """Why a moderator sent it back."""
    relisted_from: ListingId | None = None
    fingerprint: str | None = None
    """Of the request that made it, where that had an Idempotency-Key."""

    @classmethod
    def draft(  # a draft is all that its seller says at once
        cls,
        *,
        listing_id: ListingId,
        seller: SellerId,
        details: Details,
        price: Money,
        now: datetime,
        fingerprint: str | None = None,
    ) -> Change[Listing]:
        """Begin a listing that nobody but its seller sees."""
        state = cls(
            id=listing_id,
            version=1,
            status=ListingStatus.DRAFT,
            seller=seller,
            details=details,
            price=AskingPrice.first(price, now),
            created_at=now,
            updated_at=now,
            fingerprint=fingerprint,
        )
        told = events.ListingDrafted(key=state.id, version=1, at=now, seller=seller, status=state.status)
        return Change(base=0, state=state, events=(told,))

    @property
    def public(self) -> Car | None:
        """What the public sees; `None` unless it is published."""
        if self.status is not ListingStatus.PUBLISHED or self.published_at is None:
            return None
        return Car(
            id=CarId(self.id),
            version=self.version,
            seller=self.seller,
            vehicle=self.details.vehicle,
            price=self.price,
            vin=self.details.vin,
            odometer=self.details.odometer,
            place=self.details.place,
            description=self.details.description,
            photos=self.photos.ready,
            published_at=self.published_at,
        )

    def revise(self, details: Details, *, now: datetime) -> Change[Listing]:
        """Say something else of the car; what is the same changes nothing."""
        self._open()
        if details == self.details:
            return self._unchanged()
        return self._told(events.ListingRevised, now, details=details)

    def reprice(self, price: Money, *, now: datetime) -> Change[Listing]:
        """Ask another price; the same price changes nothing."""
        self._open()
        if price == self.price.current:
            return self._unchanged()
        return self._told(events.ListingRepriced, now, price=self.price.changed_to(price, now))

    def add_photos(self, photos: Sequence[Photo], *, now: datetime) -> Change[Listing]:
        """Put uploaded pictures behind the others; those that it has already change nothing."""
        self._open()
        present = {photo.id for photo in self.photos.items}
        fresh = [photo for photo in photos if photo.id not in present]
        if not fresh:
            return self._unchanged()
        return self._told(events.PhotosUploaded, now, photos=self.photos.added(*fresh))

    def settle_photos(self, photos: Sequence[Photo], *, now: datetime) -> Change[Listing]:
        """Note what became of uploaded pictures: ready, or refused with a reason. Removed ones stay removed."""
        settled = self.photos.settled(photos)
        if settled == self.photos:
            return self._unchanged()
        return self._told(events.PhotosChanged, now, photos=settled)

    def remove_photo(self, photo_id: PhotoId, *, now: datetime) -> Change[Listing]:
        self._open()
        return self._told(events.PhotosChanged, now, photos=self.photos.removed(photo_id))

    def order_photos(self, ids: Sequence[PhotoId], *, now: datetime) -> Change[Listing]:
        """Put the photos in order, cover first."""
        self._open()
        ordered = self.photos.ordered(ids)
        return self._unchanged() if ordered == self.photos else self._told(events.PhotosChanged, now, photos=ordered)

    def submit(self, *, now: datetime) -> Change[Listing]:
        """Ask for review."""
        return self._step(ListingAction.SUBMIT, events.ListingSubmitted, now)

    def publish(self, *, now: datetime, reviewed: bool, lifetime: timedelta = LIFETIME) -> Change[Listing]:
        """
        Put it before the public; what is not reviewed goes to review first.

        A paused listing has been reviewed before.
        """
        if self.status is ListingStatus.DRAFT:
            submitted = self.submit(now=now)
            if not reviewed:
                return submitted
            return submitted.then(lambda it: it.publish(now=now, reviewed=True, lifetime=lifetime))
        if self.status is ListingStatus.PENDING and not reviewed:
            return self._unchanged()
        kept = self.expires_at if self.status is ListingStatus.PAUSED else None
        return self._step(
            ListingAction.PUBLISH,
            events.ListingPublished,
            now,
            published_at=self.published_at or now,
            expires_at=max(kept or now + lifetime, now),
        )

    def reject(self, reason: str, *, now: datetime) -> Change[Listing]:
        """Send it back to its seller, with a reason."""
        if not reason.strip():
            raise InvalidError(
                "A rejection says why.", field="reason", value=reason, expected="what the seller is to mend"
            )
        short("reason", reason, 1_000)
        return self._step(ListingAction.REJECT, events.ListingRejected, now, rejection=reason)

    def reopen(self, *, now: datetime) -> Change[Listing]:
        """Make a draft of it again, to mend what was found wrong."""
        return self._step(ListingAction.REOPEN, events.ListingReopened, now)

    def pause(self, *, now: datetime) -> Change[Listing]:
        return self._step(ListingAction.PAUSE, events.ListingPaused, now)

    def reserve(self, *, now: datetime) -> Change[Listing]:
        return self._step(ListingAction.RESERVE, events.ListingReserved, now)

    def release(self, *, now: datetime) -> Change[Listing]:
        """The reservation lapsed: back before the public."""
        return self._step(ListingAction.RELEASE, events.ListingReleased, now)

    def sell(self, *, now: datetime) -> Change[Listing]:
        return self._step(ListingAction.SELL, events.ListingSold, now)

    def expire(self, *, now: datetime) -> Change[Listing]:
        """
        Take it from the public once its time is over.

        Raises: ConflictError before that.
        """
        if self.expires_at is not None and now < self.expires_at:
            raise ConflictError(
                "The listing has not run out yet.",
                field="expires_at",
                value=self.expires_at.isoformat(),
                expected="a moment that has passed",
            )
        return self._step(ListingAction.EXPIRE, events.ListingExpired, now)

    def renew(self, *, now: datetime, lifetime: timedelta = LIFETIME) -> Change[Listing]:
        """Give it another lifetime from now."""
        return self._step(ListingAction.RENEW, events.ListingRenewed, now, expires_at=now + lifetime)

    def archive(self, *, now: datetime) -> Change[Listing]:
        return self._step(ListingAction.ARCHIVE, events.ListingArchived, now)

    def recall(self, *, now: datetime) -> Change[Listing]:
        """
        Its dealer is trusted no longer: what is public goes to review, what could become so is a draft again.

        What is neither stays as it is.
        """
        if self.status not in RECALLABLE:
            return self._unchanged()
        return self._step(ListingAction.RECALL, events.ListingRecalled, now)

    def reinstate(self, *, now: datetime, lifetime: timedelta = LIFETIME) -> Change[Listing]:
        """Its dealer is trusted again: what was recalled from the public goes back. Everything else stays as it is."""
        if self.status is not ListingStatus.PENDING or self.published_at is None:
            return self._unchanged()
        return self.publish(now=now, reviewed=True, lifetime=lifetime)

    def forget(self, *, now: datetime) -> Change[Listing]:
        """
        Its private seller or its dealer is gone: it ends, without words, place, pictures and numbers.

        That such a car was offered at such prices, and whether it was sold, are facts and stay.
        """
        told_nothing = evolve(self.details, vin=None, place=None, description="", stock_number=None)
        ended = self.status if self.status in ENDED else next_status(self.status, ListingAction.ARCHIVE)
        bare = evolve(self, status=ended, details=told_nothing, photos=Photos(), rejection=None)
        if bare == self:
            return self._unchanged()
        state = evolve(bare, version=self.version + 1, updated_at=now)
        told = events.ListingAnonymised(key=self.id, version=state.version, at=now, seller=self.seller, status=ended)
        return Change(base=self.version, state=state, events=(told,))

    def relist(self, *, listing_id: ListingId, now: datetime) -> Change[Listing]:
        """
        List a sold or archived car anew, as a draft that keeps its prices and photos.

        Raises: ConflictError while the old listing has not ended.
        """
        if self.status not in ENDED:
            raise ConflictError(
                f"A {self.status} listing has not ended.",
                field="status",
                value=self.status.value,
                expected="sold or archived",
            )
        fresh = Listing.draft(
            listing_id=listing_id,
            seller=self.seller,
            details=self.details,
            price=self.price.current,
            now=now,
        )
        kept = evolve(fresh.state, price=self.price, photos=self.photos, relisted_from=self.id)
        return evolve(fresh, state=kept)

    def _open(self) -> None:
        if self.status in ENDED:
            raise ConflictError(
                f"A {self.status} listing cannot be changed.",
                field="status",
                value=self.status.value,
                expected="a listing that is neither sold nor archived",
            )

    def _unchanged(self) -> Change[Listing]:
        return Change(base=self.version, state=self, events=())

    def _step(
        self, action: ListingAction, event: type[events.ListingEvent], now: datetime, **changes: Any
    ) -> Change[Listing]:
        return self._told(event, now, status=next_status(self.status, action), **changes)

    def _told(self, event: type[events.ListingEvent], now: datetime, **changes: Any) -> Change[Listing]:
        state = evolve(self, version=self.version + 1, updated_at=now, **changes)
        told = event(
            key=self.id,
            version=state.version,
            at=now,
            seller=self.seller,
            status=state.status,
            before=self.public,
            after=state.public,
        )
        return Change(base=self.version, state=state, events=(told,))


def taken_vin(listing: Listing) -> VinTakenError:
    """What a store says to a listing whose VIN another live one has."""
    vin = listing.details.vin
    return VinTakenError("Another live listing has this VIN.", field="vin", value=vin, expected="a VIN once")
