"""
Enquiries in dictionaries.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from carmarket.adapters.memory.store import MemoryStore
from carmarket.core.catalog.car import CarId
from carmarket.core.change import Change
from carmarket.core.enquiries.enquirable import EnquirableCar
from carmarket.core.enquiries.enquiry import Enquiry, EnquiryId, MessageId, key_reused
from carmarket.core.versions import demand_base
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.enquiries import EnquirableCars, EnquiryFilter, EnquiryRepository


@define
class MemoryEnquiryRepository(EnquiryRepository):
    """Every method runs without an await inside, so each is atomic."""

    _store: MemoryStore
    _enquiries: dict[EnquiryId, Enquiry] = field(factory=dict)
    _messages: dict[MessageId, EnquiryId] = field(factory=dict)

    async def save(self, change: Change[Enquiry]) -> None:
        if change.is_empty:
            return
        enquiry = change.state
        demand_base(self._enquiries.get(enquiry.id), change, what="enquiry")
        if any(self._messages.get(one.id, enquiry.id) != enquiry.id for one in enquiry.messages):
            raise key_reused()
        self._messages.update((one.id, enquiry.id) for one in enquiry.messages)
        self._enquiries[enquiry.id] = enquiry
        self._store.record(change.events)

    async def get(self, enquiry_id: EnquiryId) -> Enquiry | None:
        return self._enquiries.get(enquiry_id)

    async def find(
        self, wanted: EnquiryFilter, *, after: Bookmark | None = None, limit: int = 100
    ) -> Sequence[Enquiry]:
        found = [one for one in self._enquiries.values() if _is_wanted(one, wanted)]
        if after is not None:
            found = [one for one in found if _key(one) < (after.at, after.id)]
        return tuple(sorted(found, key=_key, reverse=True)[:limit])


@define
class MemoryEnquirableCars(EnquirableCars):
    _cars: dict[CarId, EnquirableCar] = field(factory=dict)

    async def get(self, car_id: CarId) -> EnquirableCar | None:
        return self._cars.get(car_id)

    async def tell(self, cars: Sequence[EnquirableCar]) -> None:
        for car in cars:
            known = self._cars.get(car.id)
            if known is None or known.version < car.version:
                self._cars[car.id] = car

    async def find(self, *, after: CarId | None = None, limit: int = 100) -> Sequence[EnquirableCar]:
        behind = (car for car in self._cars.values() if after is None or car.id > after)
        return tuple(sorted(behind, key=lambda car: car.id)[:limit])


def _key(enquiry: Enquiry) -> tuple[object, object]:
    return enquiry.created_at, enquiry.id


def _is_wanted(enquiry: Enquiry, wanted: EnquiryFilter) -> bool:
    return (
        wanted.seller in (None, enquiry.seller)
        and wanted.customer in (None, enquiry.customer)
        and wanted.assignee in (None, enquiry.assignee)
        and (not wanted.statuses or enquiry.status in wanted.statuses)
    )
