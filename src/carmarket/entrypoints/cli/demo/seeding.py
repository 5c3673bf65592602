"""
The seeding itself: accounts, dealers, cars, and then their history, day by day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from attrs import define

from carmarket.codec.params import plain_query
from carmarket.core.actor import Actor
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.search.query import SearchQuery
from carmarket.core.users.ids import DealerId
from carmarket.core.users.roles import STAFF, Role
from carmarket.core.users.user import User
from carmarket.entrypoints.cli.demo.dealers import Row, places_of, rules_of
from carmarket.entrypoints.cli.demo.history import history
from carmarket.entrypoints.cli.demo.past import NamedIds, PastClock
from carmarket.entrypoints.cli.demo.people import (
    ADMIN,
    CUSTOMERS,
    MODERATOR,
    OWNERS,
    PASSWORD,
    Person,
    domain_of,
    owner_of,
)
from carmarket.entrypoints.cli.demo.stock import dealers_without_cars, put_in, rows_by_dealer
from carmarket.entrypoints.cli.demo.tale import Act, Yard
from carmarket.entrypoints.cli.demo.words import SEARCHES
from carmarket.entrypoints.cli.running import CONSOLE, operator, seller_named
from carmarket.ports.catalog import LARGEST_BATCH
from carmarket.services.market import Market

PAST = timedelta(days=45)
"""How long the demo's market has been there."""


@define(kw_only=True)
class Seeding:
    """Every step leaves what is there as it is, so that a seeding that was broken off goes on."""

    market: Market
    clock: PastClock
    ids: NamedIds
    by_dealer: Mapping[str, Sequence[Row]]

    async def run(self, today: datetime, *, with_pictures: bool) -> None:
        """Everything there is to see, until today."""
        market = self.market
        with CONSOLE.status("Opening accounts"):
            moderator = await self._actor(MODERATOR)
            customers = [await self._actor(person) for person in CUSTOMERS]
            everything = rows_by_dealer()
            yards = [await self._dealer(name, everything[name]) for name in sorted(self.by_dealer)]
        missing = await dealers_without_cars(market, self.by_dealer)
        await put_in(
            market,
            {name: self.by_dealer[name] for name in missing},
            {yard.name: yard.owner for yard in yards},
            with_pictures=with_pictures,
        )
        with CONSOLE.status("Settling"):
            await market.settle()
        with CONSOLE.status("Booking and reviewing"):
            await self._live(yards, customers, moderator, today)
            await self._look_on(customers)
            await self._actor(ADMIN)
            await market.settle()
            await market.keeper.snapshot()

    async def _live(self, yards: Sequence[Yard], customers: Sequence[Actor], moderator: Actor, today: datetime) -> None:
        """The history in the order in which it happened; what follows from a day's events is done before the next."""
        acts: list[Act] = []
        for yard in yards:
            cars = await self._cars(yard.owner)
            acts += history(self.market, yard, cars, customers, moderator=moderator, today=today)
        day = None
        for act in sorted((one for one in acts if one.at <= today), key=lambda one: one.at):
            self.clock.go_to(act.at)
            if act.at.date() != day:
                day = act.at.date()
                await self.market.settle()
            await act.do()
        self.clock.go_to(today)
        await self.market.settle()

    async def _look_on(self, customers: Sequence[Actor]) -> None:
        """Some go on looking. They are told of cars that come from now on, not of those that are there."""
        for customer, (words, how_often) in zip(customers, SEARCHES, strict=False):
            await self.market.saved_searches.save(
                customer,
                name=words,
                query=SearchQuery(words=words),
                how_often=how_often,
                asked=plain_query({"words": [words]}),
                key=f"demo:{words}",
            )

    async def _dealer(self, name: str, rows: Sequence[Row]) -> Yard:
        """A verified dealer under the id that its name stands for, so that its cars have always been its own."""
        number, dealer_id = sorted(OWNERS).index(name), DealerId(seller_named(name))
        dealers, owner = self.market.users.dealers, owner_of(name)
        actor = await self._actor(owner)
        if actor.dealer_id is None:
            self.ids.tell(dealer_id)
            await dealers.apply(actor, name=name, places=places_of(rows, number), website=f"https://{domain_of(name)}")
            actor = await self._actor(owner)
        if not actor.is_trusted:
            await dealers.verify(operator(), dealer_id)
            actor = await self._actor(owner)
        rules = await self.market.booking.my_rules(actor)
        if rules is None:
            rules = await self.market.booking.set_rules(actor, rules_of(SellerId(dealer_id), rows, number))
        return Yard(number=number, name=name, owner=actor, rules=rules)

    async def _actor(self, person: Person) -> Actor:
        """The person's account, opened if there is none yet."""
        user: User | None = await self.market.stock.users.get(person.id)
        if user is None:
            self.ids.tell(person.id)
            # Who works for a dealer is a customer who then applied to be one.
            role = Role.CUSTOMER if person.role in STAFF else person.role
            user = await self.market.users.people.add(
                operator(), email=person.email, name=person.name, password=PASSWORD, roles=frozenset({role}),
                language=person.language,
            )  # fmt: skip
        return await self.market.users.sessions.actor_of(user)

    async def _cars(self, owner: Actor) -> list[CarId]:
        """All cars of a dealer by id, whatever has become of them."""
        cars: list[CarId] = []
        last = None
        while batch := await self.market.catalog.find(owner, after=last, limit=LARGEST_BATCH):
            cars += [CarId(one.id) for one in batch]
            last = batch[-1].id
        return cars
