"""
`carmarket demo`: a market that is new gets cars, people, and some weeks in which they had to do with each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import click
from attrs import evolve, frozen

from carmarket.bootstrap import open_market
from carmarket.config import Settings
from carmarket.entrypoints.cli.demo.dealers import Row
from carmarket.entrypoints.cli.demo.past import NamedIds, PastClock
from carmarket.entrypoints.cli.demo.people import ADMIN, CUSTOMERS, MODERATOR, OWNERS, Person, log_ins, owner_of
from carmarket.entrypoints.cli.demo.seeding import PAST, Seeding
from carmarket.entrypoints.cli.demo.stock import dealers_without_cars, rows_by_dealer
from carmarket.ports.catalog import ListingFilter
from carmarket.ports.clock import Ids
from carmarket.ports.users import UserFilter
from carmarket.services.market import Market

EVERYBODY = (ADMIN, MODERATOR, *map(owner_of, sorted(OWNERS)), *CUSTOMERS)
MINUTE = timedelta(minutes=1)


@frozen(kw_only=True)
class Found:
    """What there is in a market before the demo comes to it."""

    listings: int
    is_done: bool
    """The demo is all there."""
    is_ours: bool
    """It is new, or a demo was begun in it."""
    today: datetime
    """The day that the demo's history leads up to."""
    ids: Ids


@click.command
@click.option("--cars", type=click.IntRange(1, 5000), default=5000, show_default=True, help="How many of them.")
@click.option("--pictures/--no-pictures", default=True, show_default=True)
@click.pass_obj
def demo(settings: Settings, cars: int, *, pictures: bool) -> None:
    """
    Seed a market that is new with made-up offers of real cars, and with made-up people who dealt in them.

    A market that has cars or people of its own is left alone. The log-ins are printed: they have one password, which
    everybody can know, so that a demo is for this machine alone.
    """
    asyncio.run(_demo(settings, rows_by_dealer(cars), with_pictures=pictures))


async def _demo(settings: Settings, by_dealer: Mapping[str, Sequence[Row]], *, with_pictures: bool) -> None:
    async with open_market(settings, with_index=False) as market:
        found = await _look(market, by_dealer)
        if found.is_done or not found.is_ours:
            click.echo(f"The market has {found.listings:,} listings; nothing is seeded.")
        if found.is_done:
            click.echo(await _log_ins(market))
    if found.is_done or not found.is_ours:
        return
    clock, ids = PastClock(found.today - PAST), NamedIds(found.ids)
    async with open_market(_quiet(settings), clock=clock, ids=ids, with_index=False) as market:
        seeding = Seeding(market=market, clock=clock, ids=ids, by_dealer=by_dealer)
        await seeding.run(found.today, with_pictures=with_pictures)
        click.echo(f"{sum(map(len, by_dealer.values())):,} cars of {len(by_dealer)} dealers are for sale.")
        click.echo(await _log_ins(market))


async def _look(market: Market, by_dealer: Mapping[str, Sequence[Row]]) -> Found:
    users = market.stock.users
    listings = await market.stock.listings.count(ListingFilter())
    first, last = await users.get(MODERATOR.id), await users.get(ADMIN.id)
    has_people = bool(await users.find(UserFilter(), limit=1))
    # A demo from before it had people has cars alone; where others have come since, nobody gets a known password.
    has_other_cars = listings > 0 and len(await dealers_without_cars(market, by_dealer)) == len(by_dealer)
    now = market.stock.clock.now()
    return Found(
        listings=listings,
        is_done=last is not None,
        is_ours=first is not None or not (has_people or has_other_cars),
        today=first.created_at + PAST if first else now - timedelta(seconds=now.second, microseconds=now.microsecond),
        ids=market.stock.ids,
    )


def _quiet(settings: Settings) -> Settings:
    """Nobody is written to about what is long gone, and cars that were put in then are for sale as long from now on."""
    return evolve(settings, mail="memory://", listing_days=settings.listing_days + PAST.days)


async def _log_ins(market: Market) -> str:
    """Of those who are there."""

    async def is_there(person: Person) -> bool:
        user = await market.stock.users.get(person.id)
        return user is not None and not user.is_erased

    return log_ins([person for person in EVERYBODY if await is_there(person)])
