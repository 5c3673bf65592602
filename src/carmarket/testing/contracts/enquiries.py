"""
The law of `EnquiryRepository` and `EnquirableCars`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import frozen

from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.enquiries.enquiry import Enquiry, EnquiryId
from carmarket.core.enquiries.lifecycle import EnquiryStatus
from carmarket.core.errors import ConcurrencyConflictError, KeyReusedError
from carmarket.core.side import Side
from carmarket.core.users.ids import UserId
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.enquiries import ENQUIRABLE_CARS, ENQUIRIES, EnquirableCars, EnquiryFilter, EnquiryRepository
from carmarket.ports.events import EVENTS, EventLog
from carmarket.ports.offer import Offer
from carmarket.testing.bookings import CAR, CUSTOMER
from carmarket.testing.builders import DEALER, NOW
from carmarket.testing.enquiries import a_message_id, an_enquirable_car, an_enquiry

Open = Callable[[], AbstractAsyncContextManager[Offer]]
SELLER, OTHER = SellerId(DEALER), SellerId(UUID(int=0x07E2))
BEN, AGENT = UserId(UUID(int=0xBE2)), UserId(UUID(int=0xA6E27))
MINUTE = timedelta(minutes=1)


@frozen
class Stores:
    enquiries: EnquiryRepository
    cars: EnquirableCars
    log: EventLog


@asynccontextmanager
async def stores(open_enquiries: Open) -> AsyncIterator[Stores]:
    """New, empty stores."""
    async with open_enquiries() as offer:
        yield Stores(await offer.get(ENQUIRIES), await offer.get(ENQUIRABLE_CARS), await offer.get(EVENTS))


class EnquiryRepositoryContract:
    """Give a fixture `open_enquiries` that opens new, empty stores each time it is called."""

    async def test_what_was_saved_is_read_back_equal(self, open_enquiries: Open) -> None:
        async with stores(open_enquiries) as it:
            made = an_enquiry(text="Fährt er noch?\nGrüße 🚗")
            await it.enquiries.save(made)
            assert await it.enquiries.get(made.state.id) == made.state

            later = (
                made.state.answer("Yes.", message_id=a_message_id(2), by=AGENT, now=NOW + MINUTE)
                .then(lambda one: one.read(Side.CUSTOMER, now=NOW + MINUTE))
                .then(lambda one: one.close(now=NOW + 2 * MINUTE))
            )
            await it.enquiries.save(later)
            assert await it.enquiries.get(made.state.id) == later.state
            assert await it.enquiries.get(EnquiryId(UUID(int=9))) is None

    async def test_state_and_events_are_written_together_or_not_at_all(self, open_enquiries: Open) -> None:
        async with stores(open_enquiries) as it:
            made = an_enquiry()
            answered = made.state.answer("Yes.", message_id=a_message_id(2), by=AGENT, now=NOW)
            await it.enquiries.save(made)
            await it.enquiries.save(answered)
            with pytest.raises(ConcurrencyConflictError):
                await it.enquiries.save(made.state.close(now=NOW))
            with pytest.raises(ConcurrencyConflictError):
                await it.enquiries.save(an_enquiry())
            await it.enquiries.save(answered.state.assign(AGENT, now=NOW))

            assert [one.event for one in await it.log.read(0, 10)] == [*made.events, *answered.events]

    async def test_of_many_who_write_on_one_version_one_wins(self, open_enquiries: Open) -> None:
        async with stores(open_enquiries) as it:
            made = an_enquiry()
            await it.enquiries.save(made)
            rivals = (
                it.enquiries.save(made.state.ask("And?", message_id=a_message_id(n), now=NOW)) for n in range(2, 22)
            )
            results = await asyncio.gather(*rivals, return_exceptions=True)

            assert [type(one) for one in results].count(ConcurrencyConflictError) == 19
            stored = await it.enquiries.get(made.state.id)
            assert stored is not None
            assert len(stored.messages) == 2

    async def test_the_id_of_a_message_is_in_one_enquiry_alone(self, open_enquiries: Open) -> None:
        async with stores(open_enquiries) as it:
            first, second = an_enquiry(1), an_enquiry(2)
            stolen = second.state.ask("And?", message_id=a_message_id(1), now=NOW)
            await it.enquiries.save(first)
            await it.enquiries.save(second)

            with pytest.raises(KeyReusedError):
                await it.enquiries.save(stolen)
            assert await it.enquiries.get(second.state.id) == second.state
            assert len(await it.log.read(0, 10)) == 2

    async def test_of_many_enquiries_that_take_one_message_id_one_wins(self, open_enquiries: Open) -> None:
        async with stores(open_enquiries) as it:
            made = [an_enquiry(number) for number in range(10, 20)]
            for one in made:
                await it.enquiries.save(one)
            rivals = (it.enquiries.save(one.state.ask("And?", message_id=a_message_id(1), now=NOW)) for one in made)
            results = await asyncio.gather(*rivals, return_exceptions=True)

            assert [type(one) for one in results].count(KeyReusedError) == 9

    async def test_enquiries_are_found_by_what_is_asked(self, open_enquiries: Open) -> None:
        async with stores(open_enquiries) as it:
            answered = an_enquiry(2, now=NOW + MINUTE).then(
                lambda one: one.answer("Yes.", message_id=a_message_id(20), by=AGENT, now=NOW)
            )
            for change in (
                an_enquiry(1),
                answered,
                an_enquiry(3, now=NOW + 2 * MINUTE, customer=BEN, seller=OTHER),
                an_enquiry(4, now=NOW + 3 * MINUTE).then(lambda one: one.close(now=NOW)),
            ):
                await it.enquiries.save(change)

            async def found(**said: Any) -> list[int]:
                return [one.car_id.int for one in await it.enquiries.find(EnquiryFilter(**said))]

            assert await found() == [4, 3, 2, 1]
            assert await found(seller=SELLER) == await found(customer=CUSTOMER) == [4, 2, 1]
            assert await found(customer=BEN) == await found(seller=OTHER) == [3]
            assert await found(assignee=AGENT) == [2]
            assert await found(seller=SELLER, statuses={EnquiryStatus.OPEN}) == [1]
            assert await found(statuses={EnquiryStatus.CLOSED, EnquiryStatus.ANSWERED}) == [4, 2]
            assert await found(seller=OTHER, customer=CUSTOMER) == []

    async def test_a_list_goes_on_behind_the_last_that_was_seen(self, open_enquiries: Open) -> None:
        async with stores(open_enquiries) as it:
            for number in range(1, 10):
                await it.enquiries.save(an_enquiry(number, now=NOW + MINUTE * (number // 4)))

            seen: list[Enquiry] = []
            while page := await it.enquiries.find(
                EnquiryFilter(seller=SELLER),
                after=Bookmark(seen[-1].created_at, seen[-1].id) if seen else None,
                limit=2,
            ):
                seen += page

            assert seen == sorted(seen, key=lambda one: (one.created_at, one.id), reverse=True)
            assert len(seen) == len({one.id for one in seen}) == 9

    async def test_who_is_forgotten_is_found_no_more(self, open_enquiries: Open) -> None:
        async with stores(open_enquiries) as it:
            change = an_enquiry().then(lambda one: one.answer("Yes.", message_id=a_message_id(2), by=AGENT, now=NOW))
            await it.enquiries.save(change)
            for person in (CUSTOMER, AGENT):
                change = change.state.forget(person, now=NOW)
                await it.enquiries.save(change)

            assert await it.enquiries.find(EnquiryFilter(customer=CUSTOMER)) == ()
            assert await it.enquiries.find(EnquiryFilter(assignee=AGENT)) == ()
            assert await it.enquiries.get(change.state.id) == change.state

    async def test_what_is_older_than_what_is_known_of_a_car_is_passed_over(self, open_enquiries: Open) -> None:
        async with stores(open_enquiries) as it:
            await it.cars.tell([])
            await it.cars.tell([an_enquirable_car(version=3, is_enquirable=False)])
            await it.cars.tell([an_enquirable_car(version=2)])

            assert await it.cars.get(CAR) == an_enquirable_car(version=3, is_enquirable=False)
            await it.cars.tell([an_enquirable_car(version=4, seller=OTHER)])
            assert await it.cars.get(CAR) == an_enquirable_car(version=4, seller=OTHER)
            assert await it.cars.get(CarId(UUID(int=79))) is None
