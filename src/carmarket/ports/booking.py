"""
Where bookings are kept, and what booking knows of cars and dealers.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from carmarket.core.actor import UserId
from carmarket.core.booking.booking import Booking, BookingId
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.booking.quote import BookingKind
from carmarket.core.booking.rules import BookableCar, DealerRules
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.period import Period
from carmarket.ports.offer import Port

MOST_BLOCKERS = 1_000
"""Of one answer."""


@frozen(kw_only=True)
class BookingFilter:
    """Which bookings; a field that says nothing lets all pass."""

    car_id: CarId | None = None
    seller: SellerId | None = None
    customer: UserId | None = None
    statuses: frozenset[BookingStatus] = frozenset()
    kinds: frozenset[BookingKind] = frozenset()
    lapses_by: datetime | None = None
    """Holds and requests whose time is over at this moment."""
    remind_by: datetime | None = None
    """Those whose `remind_at` is at or before this moment."""


class BookingRepository(Protocol):
    """
    The store of bookings.

    - Of one car, the `blocked` periods of bookings that block are disjoint, under any concurrency; back-to-back is
      allowed.
    - What was saved is read back equal in every field; state and events are written in one atomic step, or neither.
    - Of two writers that start from the same version one wins; the other gets ConcurrencyConflictError.
    - A store that does not answer raises UnavailableError.
    """

    @abstractmethod
    async def add(self, change: Change[Booking]) -> None:
        """
        Write a new booking that blocks its period.

        Raises: ConcurrencyConflictError if there is one of this id (it is looked for first, so that a repeat is told
            from a rival); NotBookableError unless the car is bookable at this moment; PeriodTakenError.
        """

    @abstractmethod
    async def save(self, change: Change[Booking]) -> None:
        """
        Write a later state, or from base 0 one of another market, be the car bookable or not.

        A change whose state has the version it started from writes nothing.

        Raises: ConcurrencyConflictError if the stored version is not `change.base` (0: there is none);
            PeriodTakenError for one of another market that blocks.
        """

    @abstractmethod
    async def get(self, booking_id: BookingId) -> Booking | None:
        """The booking as last saved, or `None`."""

    @abstractmethod
    async def find(
        self, wanted: BookingFilter, *, after: BookingId | None = None, limit: int = 100
    ) -> Sequence[Booking]:
        """Up to `limit` (1 to 1,000) of the wanted bookings behind `after`, sorted by id."""

    @abstractmethod
    async def blockers(self, car_id: CarId, period: Period) -> Sequence[Booking]:
        """The bookings that block the car in some part of the period, in the order of time; 1,000 at most."""


class BookingRules(Protocol):
    """What booking is told of cars and dealers. What is older than what is known is passed over."""

    @abstractmethod
    async def car(self, car_id: CarId) -> BookableCar | None:
        """The car at the newest version that was told, or `None`."""

    @abstractmethod
    async def tell_cars(self, cars: Sequence[BookableCar]) -> None:
        """Remember up to 1,000 cars. From then on `BookingRepository.add` goes by them."""

    @abstractmethod
    async def find_cars(self, *, after: CarId | None = None, limit: int = 100) -> Sequence[BookableCar]:
        """Up to `limit` (1 to 1,000) of all cars behind `after`, sorted by id."""

    @abstractmethod
    async def rules(self, seller: SellerId) -> DealerRules | None:
        """The dealer's rules at the newest version that was told, or `None`."""

    @abstractmethod
    async def tell_rules(self, rules: DealerRules) -> None:
        """Remember a dealer's rules."""

    @abstractmethod
    async def find_rules(self, *, after: SellerId | None = None, limit: int = 100) -> Sequence[DealerRules]:
        """Up to `limit` (1 to 1,000) of all dealers' rules behind `after`, sorted by seller."""


BOOKINGS = Port[BookingRepository]("bookings")
BOOKING_RULES = Port[BookingRules]("booking-rules")
