"""
The story's people call the library's menu, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from attrs import asdict, frozen

from carmarket import Money, SearchQuery
from carmarket.adapters.memory import MemoryClock, MemoryMailer
from carmarket.codec.params import parse_query
from carmarket.core.actor import Actor
from carmarket.core.booking.booking import BookingId
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.catalog.listing import ListingId
from carmarket.core.errors import CarmarketError
from carmarket.core.letters import Letter, LetterKind
from carmarket.core.period import Period
from carmarket.core.search.saved import HowOften
from carmarket.core.users.roles import Role
from carmarket.services.market import Market
from carmarket.testing.bookings import some_rules
from carmarket.testing.builders import an_admin
from tests.e2e.story.ways import Person, RefusedError, Ways

WORD = "correct horse battery"


@frozen
class ByLibrary(Ways):
    market: Market
    clock: MemoryClock

    async def arrive(self, email: str, name: str) -> Person:
        await self.market.users.accounts.register(email=email, password=WORD, name=name)
        letter = [one for one in await self.letters_to(email) if one.kind is LetterKind.CONFIRM_ADDRESS][-1]
        await self.market.users.accounts.confirm(letter.facts["link"].partition("token=")[2], password=WORD)
        return await self._log_in(email)

    async def arrive_as_admin(self, email: str) -> Person:
        roles = frozenset({Role.ADMIN})
        await self.market.users.people.add(an_admin(), email=email, name="Admin", password=WORD, roles=roles)
        return await self._log_in(email)

    async def become_dealer(self, person: Person, name: str, admin: Person) -> str:
        dealer = await self.market.users.dealers.apply(_actor(person), name=name)
        await self.market.users.dealers.verify(_actor(admin), dealer.id)
        login = await self.market.users.sessions.refresh(person.refresh)
        person.key, person.refresh = login.actor, login.refresh
        return str(dealer.id)

    async def bring_stock(self, dealer: Person, file: bytes) -> Mapping[str, int]:
        actor = _actor(dealer)
        job = await self.market.imports.start(actor, file_name="stock.csv", data=file)
        await self.market.settle()
        return asdict((await self.market.imports.get(actor, job.id)).counts)

    async def take_bookings(self, dealer: Person) -> None:
        actor = _actor(dealer)
        await self.market.booking.set_rules(actor, some_rules(seller=SellerId(actor.dealer_id or actor.user_id)))

    async def find(self, words: str) -> Mapping[str, str]:
        found = await self.market.search.find(SearchQuery(words=words))
        return {str(hit.car.id): hit.car.vehicle.title for hit in found.page.hits}

    async def slots(self, car: str) -> Sequence[tuple[str, str]]:
        shown = await self.market.booking.calendar(CarId(UUID(car)))
        return [(slot.start.isoformat(), slot.end.isoformat()) for slot in shown.slots]

    async def book(self, person: Person, car: str, slot: tuple[str, str]) -> str:
        actor, period = _actor(person), Period(*map(datetime.fromisoformat, slot))
        try:
            quote = await self.market.booking.quote(CarId(UUID(car)), BookingKind.TEST_DRIVE, period)
            held = await self.market.booking.hold(actor, quote)
            return str((await self.market.booking.request(actor, held.id)).id)
        except CarmarketError as refused:
            raise RefusedError(refused.code) from refused

    async def act(self, person: Person, booking: str, action: str) -> str:
        step: Any = getattr(self.market.booking, action)
        try:
            return str((await step(_actor(person), BookingId(UUID(booking)))).status)
        except CarmarketError as refused:
            raise RefusedError(refused.code) from refused

    async def review(self, person: Person, booking: str, stars: int, text: str) -> None:
        await self.market.settle()
        await self.market.reviews.write(_actor(person), BookingId(UUID(booking)), stars=stars, text=text)

    async def let_all_reviews_pass(self, moderator: Person) -> None:
        actor = _actor(moderator)
        for one in await self.market.reviews.queue(actor):
            await self.market.reviews.approve(actor, one.id)
        await self.market.settle()

    async def reviews_of(self, dealer_id: str) -> tuple[float | None, Sequence[tuple[str, str | None]]]:
        seller = SellerId(UUID(dealer_id))
        found = await self.market.reviews.of_seller(seller)
        rating = await self.market.reviews.rating(seller)
        return rating.average, [(one.text, one.reply.text if one.reply else None) for one in found]

    async def reply(self, person: Person, text: str) -> None:
        actor = _actor(person)
        newest = (await self.market.reviews.find(actor, as_seller=True, about_me=True))[0]
        await self.market.reviews.reply(actor, newest.id, text=text)

    async def sell(self, dealer: Person, car: str) -> None:
        await self.market.catalog.sell(_actor(dealer), ListingId(UUID(car)))
        await self.market.settle()

    async def reprice(self, dealer: Person, car: str, amount: int) -> None:
        await self.market.catalog.reprice(_actor(dealer), ListingId(UUID(car)), price=Money(amount, "USD"))
        await self.market.settle()

    async def save_search(self, person: Person, query: str) -> None:
        params = {name: [value] for name, _, value in (part.partition("=") for part in query.split("&"))}
        asked = parse_query(params, self.market.search.rates)
        await self.market.saved_searches.save(
            _actor(person), name="A dream", query=asked, how_often=HowOften.AT_ONCE, asked=query
        )

    async def letters_to(self, email: str) -> Sequence[Letter]:
        sent = cast("MemoryMailer", self.market.stock.mailer).sent
        return [letter for letter in sent if letter.to == email]

    async def hours_pass(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))
        await self.market.settle()

    async def _log_in(self, email: str) -> Person:
        login = await self.market.users.sessions.log_in(email=email, password=WORD)
        return Person(email, login.actor, login.refresh)


def _actor(person: Person) -> Actor:
    assert isinstance(person.key, Actor)
    return person.key
