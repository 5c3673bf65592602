"""
The law of what a market brings from another, as tests: states of any version, told to nobody, and read to the last.

It is long, for it asks every store that keeps something.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from carmarket.core.booking.booking import PeriodTakenError
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.catalog.imports import ImportStatus
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.core.search.saved import HowOften
from carmarket.core.users.ids import UserId
from carmarket.core.webhooks.delivery import Reply
from carmarket.ports.booking import BOOKING_RULES, BOOKINGS, BookingFilter
from carmarket.ports.catalog import LISTINGS
from carmarket.ports.enquiries import ENQUIRABLE_CARS, ENQUIRIES
from carmarket.ports.events import EVENTS
from carmarket.ports.forgotten import RESET_REQUESTS
from carmarket.ports.imports import IMPORTS
from carmarket.ports.offer import Offer, Port
from carmarket.ports.reviews import REVIEWABLE_BOOKINGS, REVIEWS
from carmarket.ports.saved_searches import ALERTS, SAVED_SEARCHES
from carmarket.ports.users import DEALERS, SESSIONS, USERS, UserFilter
from carmarket.ports.webhooks import DELIVERIES, WEBHOOKS
from carmarket.testing.bookings import CAR, a_bookable_car, a_hold, from_to, some_rules
from carmarket.testing.builders import NOW, a_draft, a_published
from carmarket.testing.contracts.imports import an_import
from carmarket.testing.enquiries import a_message_id, an_enquirable_car, an_enquiry
from carmarket.testing.reviews import a_public_review, a_reviewable
from carmarket.testing.saved_searches import SEEKER, a_saved_search, an_alert
from carmarket.testing.users import a_session, a_user, some_dealer
from carmarket.testing.webhooks import a_delivery, a_webhook

Open = Callable[[], AbstractAsyncContextManager[Offer]]
LATER = NOW + timedelta(hours=1)


async def is_brought(offer: Offer, port: Port[Any], state: Any) -> None:
    """It is there as it was, once, and nobody was told."""
    store = await offer.get(port)
    await store.save(Change.brought(state))

    assert await store.get(state.id) == state
    with pytest.raises(ConcurrencyConflictError):
        await store.save(Change.brought(state))
    assert await (await offer.get(EVENTS)).read(0, 10) == ()


async def walked(find: Callable[..., Any], key: Callable[[Any], Any]) -> Sequence[Any]:
    """All that there is, in pages of two."""
    seen: list[Any] = []
    while page := await find(after=key(seen[-1]) if seen else None, limit=2):
        assert len(page) <= 2
        seen += page
    return seen


def identified(one: Any) -> Any:
    return one.id


class CatalogMovingContract:
    """Give a fixture `open_catalog` that opens a new, empty store each time it is called."""

    @pytest.fixture
    async def offer(self, open_catalog: Open) -> AsyncIterator[Offer]:
        async with open_catalog() as offer:
            yield offer

    async def test_a_listing_is_brought_as_it_is(self, offer: Offer) -> None:
        await is_brought(offer, LISTINGS, a_published(1).then(lambda it: it.pause(now=LATER)).state)

    async def test_listings_are_brought_together_and_once(self, offer: Offer) -> None:
        listings, states = await offer.get(LISTINGS), [a_published(1).state, a_draft(2).state, a_published(3).state]
        await listings.save(Change.brought(states[1]))

        rejected = await listings.save_all([Change.brought(one) for one in states])

        assert [(one.change.state.id.int, type(one.reason)) for one in rejected] == [(2, ConcurrencyConflictError)]
        assert list(await listings.get_many([one.id for one in states])) == states
        assert await (await offer.get(EVENTS)).read(0, 10) == ()

    async def test_an_import_is_brought_and_all_are_found(self, offer: Offer) -> None:
        imports = await offer.get(IMPORTS)
        done = an_import(2).state.changed(now=NOW, line=12, status=ImportStatus.DONE).state
        for one in (an_import(3).state, done, an_import(1).state):
            await is_brought(offer, IMPORTS, one)

        assert await walked(imports.find, identified) == [an_import(1).state, done, an_import(3).state]

    async def test_webhooks_and_deliveries_are_brought_as_they_are(self, offer: Offer) -> None:
        deliveries = await offer.get(DELIVERIES)
        await is_brought(offer, WEBHOOKS, a_webhook(1).state.stop(now=LATER).state)
        tried = a_delivery(1).answered(Reply(503, "Grüße 🚗"), now=LATER).state
        done = a_delivery(2).answered(Reply(204), now=LATER).state

        assert await deliveries.add([tried, done]) == 2
        assert [await deliveries.get(one.id) for one in (tried, done)] == [tried, done]
        assert await deliveries.add([tried]) == 0


class BookingMovingContract:
    """Give a fixture `open_booking` that opens new, empty stores each time it is called."""

    @pytest.fixture
    async def offer(self, open_booking: Open) -> AsyncIterator[Offer]:
        async with open_booking() as offer:
            yield offer

    async def test_a_booking_is_brought_be_its_car_known_or_not(self, offer: Offer) -> None:
        bookings, held = await offer.get(BOOKINGS), a_hold(1, from_to(72, 96)).state
        confirmed = held.request(now=NOW, instant=True).state
        gone = a_hold(2, from_to(72, 96)).state.cancel(now=NOW).state
        await is_brought(offer, BOOKINGS, confirmed)
        await is_brought(offer, BOOKINGS, gone)

        assert list(await bookings.blockers(CAR, from_to(0, 200))) == [confirmed]
        assert list(await bookings.find(BookingFilter(remind_by=NOW + timedelta(hours=48)))) == [confirmed]
        await bookings.save(confirmed.cancel(now=NOW))
        assert await bookings.blockers(CAR, from_to(0, 200)) == ()

    async def test_a_hold_that_was_brought_lapses(self, offer: Offer) -> None:
        bookings, held = await offer.get(BOOKINGS), a_hold(1).state
        await bookings.save(Change.brought(held))

        assert await bookings.find(BookingFilter(lapses_by=NOW)) == ()
        assert list(await bookings.find(BookingFilter(lapses_by=LATER))) == [held]

    async def test_what_is_brought_blocks_and_is_blocked(self, offer: Offer) -> None:
        bookings = await offer.get(BOOKINGS)
        await (await offer.get(BOOKING_RULES)).tell_cars([a_bookable_car()])
        await bookings.save(Change.brought(a_hold(1, from_to(24, 48)).state))

        with pytest.raises(PeriodTakenError):
            await bookings.save(Change.brought(a_hold(2, from_to(47, 50)).state))
        with pytest.raises(PeriodTakenError):
            await bookings.add(a_hold(3, from_to(20, 25)))
        await bookings.save(Change.brought(a_hold(4, from_to(48, 50)).state))
        assert [one.id.int for one in await bookings.find(BookingFilter())] == [1, 4]

    async def test_one_that_comes_with_events_is_told(self, offer: Offer) -> None:
        held = a_hold(1)
        await (await offer.get(BOOKINGS)).save(held)

        assert [one.event for one in await (await offer.get(EVENTS)).read(0, 10)] == list(held.events)

    async def test_all_that_is_known_of_cars_and_dealers_is_found(self, offer: Offer) -> None:
        rules = await offer.get(BOOKING_RULES)
        cars = [a_bookable_car(CarId(UUID(int=n)), version=n, is_bookable=n % 2 == 0) for n in range(1, 6)]
        told = [some_rules(seller=SellerId(UUID(int=n)), version=n) for n in range(1, 6)]
        await rules.tell_cars(cars[::-1])
        for one in told[::-1]:
            await rules.tell_rules(one)

        assert await walked(rules.find_cars, identified) == cars
        assert await walked(rules.find_rules, lambda one: one.seller) == told


class EnquiriesMovingContract:
    """Give a fixture `open_enquiries` that opens new, empty stores each time it is called."""

    @pytest.fixture
    async def offer(self, open_enquiries: Open) -> AsyncIterator[Offer]:
        async with open_enquiries() as offer:
            yield offer

    async def test_an_enquiry_is_brought_as_it_is(self, offer: Offer) -> None:
        written = an_enquiry(text="Fährt er noch? 🚗").then(
            lambda it: it.answer("Ja.", message_id=a_message_id(7), by=SEEKER, now=LATER)
        )
        await is_brought(offer, ENQUIRIES, written.state)

    async def test_all_that_is_known_of_cars_is_found(self, offer: Offer) -> None:
        cars = await offer.get(ENQUIRABLE_CARS)
        told = [an_enquirable_car(CarId(UUID(int=n)), version=n, is_enquirable=n % 2 == 0) for n in range(1, 6)]
        await cars.tell(told[::-1])

        assert await walked(cars.find, identified) == told


class PeopleMovingContract:
    """Give a fixture `open_users` that opens new, empty stores each time it is called."""

    @pytest.fixture
    async def offer(self, open_users: Open) -> AsyncIterator[Offer]:
        async with open_users() as offer:
            yield offer

    async def test_people_are_brought_and_found_with_those_who_are_gone(self, offer: Offer) -> None:
        users = await offer.get(USERS)
        known = a_user(1, name="Zoë 🚗").then(lambda it: it.confirm_address(now=LATER)).state
        gone = [a_user(n).then(lambda it: it.erase(now=LATER)).state for n in (2, 3)]
        for one in (known, *gone):
            await is_brought(offer, USERS, one)

        async def ids(*, is_erased: bool | None) -> list[int]:
            return [one.id.int for one in await users.find(UserFilter(is_erased=is_erased))]

        assert await users.by_email("person1@example.com") == known
        assert (await ids(is_erased=None), await ids(is_erased=True), await ids(is_erased=False)) == (
            [1, 2, 3], [2, 3], [1],
        )  # fmt: skip

    async def test_a_dealer_is_brought_as_it_is(self, offer: Offer) -> None:
        dealer = some_dealer(1, name="Müller & Söhne").then(lambda it: it.verify(now=LATER))
        await is_brought(offer, DEALERS, dealer.then(lambda it: it.suspend("Späte Rechnung", now=LATER)).state)

    async def test_a_session_is_brought_and_all_are_found(self, offer: Offer) -> None:
        sessions = await offer.get(SESSIONS)
        states = [a_session(n, user=n % 2).state for n in range(1, 5)]
        states.append(a_session(5).state.end(now=LATER).state)
        for one in states[::-1]:
            await is_brought(offer, SESSIONS, one)

        assert await walked(sessions.find, identified) == states

    async def test_requests_for_a_link_come_in_pages(self, offer: Offer) -> None:
        requests = await offer.get(RESET_REQUESTS)
        for name, at in (("b", NOW), ("A", NOW), ("c", LATER), ("d", NOW - timedelta(days=1))):
            await requests.ask(f"{name}@example.com", at)

        async def waiting(*, after: Any, limit: int) -> Any:
            return await requests.waiting(limit, after=after)

        found = await walked(waiting, lambda one: one)
        assert [one.email[0] for one in found] == ["d", "A", "b", "c"]


class ReviewsMovingContract:
    """Give a fixture `open_reviews` that opens new, empty stores each time it is called."""

    @pytest.fixture
    async def offer(self, open_reviews: Open) -> AsyncIterator[Offer]:
        async with open_reviews() as offer:
            yield offer

    async def test_a_review_is_brought_as_it_is_and_counts(self, offer: Offer) -> None:
        review = a_public_review(1, stars=5).state
        await is_brought(offer, REVIEWS, review)

        assert (await (await offer.get(REVIEWS)).rating(review.seller)).average == 5

    async def test_all_that_is_known_of_bookings_is_found(self, offer: Offer) -> None:
        bookings = await offer.get(REVIEWABLE_BOOKINGS)
        told = [a_reviewable(number, **({"customer": None} if number == 3 else {})) for number in range(1, 6)]
        await bookings.tell(told[::-1])

        assert await walked(bookings.find, identified) == told


class SavedSearchesMovingContract:
    """Give a fixture `open_saved_searches` that opens new, empty stores each time it is called."""

    @pytest.fixture
    async def offer(self, open_saved_searches: Open) -> AsyncIterator[Offer]:
        async with open_saved_searches() as offer:
            yield offer

    async def test_searches_and_alerts_are_brought_as_they_are(self, offer: Offer) -> None:
        searches, alerts = await offer.get(SAVED_SEARCHES), await offer.get(ALERTS)
        search = a_saved_search().state.revise(name="Grüße", how_often=HowOften.DAILY, now=LATER).state
        await searches.save(Change.brought(search))
        with pytest.raises(ConcurrencyConflictError):
            await searches.save(Change.brought(search))
        fresh, told = an_alert(search, 1), an_alert(search, 2)
        await alerts.add([told])
        await alerts.tell(told.letter, now=LATER)
        known = await alerts.of_letter(told.letter)

        await alerts.add([*known, fresh])

        assert await searches.get(search.id) == search
        assert {one.car_id.int: one.told_at for one in await alerts.find(SEEKER)} == {1: None, 2: LATER}

    async def test_those_who_have_searches_are_found(self, offer: Offer) -> None:
        searches = await offer.get(SAVED_SEARCHES)
        for number, owner in ((1, 5), (2, 3), (3, 5), (4, 4), (5, 1)):
            await searches.save(a_saved_search(number, owner=UserId(UUID(int=owner))))
        gone = a_saved_search(4).state
        await searches.remove(gone.id, version=1)

        assert [one.int for one in await walked(searches.owners, lambda one: one)] == [1, 3, 5]
