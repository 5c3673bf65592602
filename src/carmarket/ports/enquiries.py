"""
Where enquiries are kept, and what enquiries know of cars.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.enquiries.enquirable import EnquirableCar
from carmarket.core.enquiries.enquiry import Enquiry, EnquiryId
from carmarket.core.enquiries.lifecycle import EnquiryStatus
from carmarket.core.users.ids import UserId
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.offer import Port


@frozen(kw_only=True)
class EnquiryFilter:
    """Which enquiries; a field that says nothing lets all pass."""

    seller: SellerId | None = None
    customer: UserId | None = None
    assignee: UserId | None = None
    statuses: frozenset[EnquiryStatus] = frozenset()


class EnquiryRepository(Protocol):
    """
    The store of enquiries.

    - What was saved is read back equal in every field; state and events are written in one atomic step, or neither.
    - Of two writers that start from the same version one wins; the other gets ConcurrencyConflictError. As an enquiry's
      id follows from its car and its person, a person has one enquiry about a car.
    - A message's id is in one enquiry alone, under any concurrency.
    - A change whose state has the version it started from writes nothing.
    - A store that does not answer raises UnavailableError.
    """

    @abstractmethod
    async def save(self, change: Change[Enquiry]) -> None:
        """
        Write one change.

        Raises: ConcurrencyConflictError if the stored version is not `change.base` (0: there is none); KeyReusedError
            for a message whose id is in another enquiry.
        """

    @abstractmethod
    async def get(self, enquiry_id: EnquiryId) -> Enquiry | None:
        """The enquiry as last saved, or `None`."""

    @abstractmethod
    async def find(
        self, wanted: EnquiryFilter, *, after: Bookmark | None = None, limit: int = 100
    ) -> Sequence[Enquiry]:
        """Up to `limit` (1 to 1,000) of the wanted enquiries behind `after`, the newest first, then by id."""


class EnquirableCars(Protocol):
    """What enquiries are told of cars. What is older than what is known is passed over."""

    @abstractmethod
    async def get(self, car_id: CarId) -> EnquirableCar | None:
        """The car at the newest version that was told, or `None`."""

    @abstractmethod
    async def tell(self, cars: Sequence[EnquirableCar]) -> None:
        """Remember up to 1,000 cars."""

    @abstractmethod
    async def find(self, *, after: CarId | None = None, limit: int = 100) -> Sequence[EnquirableCar]:
        """Up to `limit` (1 to 1,000) of all cars behind `after`, sorted by id."""


ENQUIRIES = Port[EnquiryRepository]("enquiries")
ENQUIRABLE_CARS = Port[EnquirableCars]("enquirable-cars")
