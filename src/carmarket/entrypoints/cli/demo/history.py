"""
What happened at the demo's dealers so far: bookings, reviews, enquiries and favourites, each at its moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random  # noqa: TID251  seeded by names, so that each demo has the same history

from carmarket.core.actor import Actor
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import ConflictError
from carmarket.entrypoints.cli.demo.stories import COMMON, TURNS
from carmarket.entrypoints.cli.demo.tale import DAY, HOUR, Act, Tale, Yard
from carmarket.entrypoints.cli.demo.words import QUESTIONS, THANKS
from carmarket.services.market import Market


def history(
    market: Market,
    yard: Yard,
    cars: Sequence[CarId],
    customers: Sequence[Actor],
    *,
    moderator: Actor,
    today: datetime,
) -> Iterator[Act]:
    """What happened at a dealer until today, in no order: the same each time for the same dealer and day."""
    chance = Random(f"demo:{yard.name}")  # noqa: S311  the same history each time; nothing is secret about it
    turns = [TURNS[(2 * yard.number + turn) % len(TURNS)] for turn in range(2)]
    cars = chance.sample(cars, len(cars))
    for number, (story, car_id) in enumerate(zip((*COMMON, *turns), cars, strict=False)):
        tale = Tale(
            market=market,
            story=story,
            yard=yard,
            customer=customers[(5 * yard.number + number) % len(customers)],
            moderator=moderator,
            car_id=car_id,
            chance=Random(f"demo:{yard.name}:{number}"),  # noqa: S311  as above
            today=today,
        )
        yield from tale.acts()
    asking = customers[(5 * yard.number + 7) % len(customers)]
    yield from _enquiry(market, yard, asking, cars[-1], today)
    liked = cars[-1]
    yield Act(today - 3 * DAY, lambda: _like(market, asking, liked))


def _enquiry(market: Market, yard: Yard, customer: Actor, car_id: CarId, today: datetime) -> Iterator[Act]:
    question, answer = QUESTIONS[yard.number % len(QUESTIONS)]
    asked = today - timedelta(days=6, hours=yard.number)

    async def write(author: Actor, text: str, key: str) -> None:
        for enquiry in await market.enquiries.find(customer, limit=1_000):
            if enquiry.car_id == car_id:
                await market.enquiries.write(author, enquiry.id, text=text, key=f"demo:{key}:{car_id}")

    async def ask() -> None:
        try:
            await market.enquiries.ask(customer, car_id, text=question, key=f"demo:question:{car_id}")
        except ConflictError:  # the car is gone
            return

    yield Act(asked, ask)
    if answer is not None:
        yield Act(asked + 4 * HOUR, lambda: write(yard.owner, answer, "answer"))
        if yard.number % 2:
            yield Act(asked + 5 * HOUR, lambda: write(customer, THANKS, "thanks"))


async def _like(market: Market, customer: Actor, car_id: CarId) -> None:
    await market.users.accounts.like(customer, car_id)
