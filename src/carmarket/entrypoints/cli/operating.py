"""
`carmarket migrate`, `carmarket reindex` and `carmarket token`.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from math import isfinite
from uuid import UUID

import click

from carmarket.bootstrap import prepare_stores
from carmarket.config import Settings
from carmarket.core.actor import Actor, DealerId, UserId
from carmarket.core.users.roles import Role
from carmarket.entrypoints.cli.running import OPERATOR, choice_of, on_market, print_json, seller_named
from carmarket.ports.search import Rebuilt
from carmarket.services.market import Market


@click.command
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def migrate(settings: Settings, *, as_json: bool) -> None:
    """
    Make all stores ready for use, and bring them up to date.

    Before the first start, and after an upgrade. Safe to run twice, and by several at once; a market in one file does
    it by itself.
    """
    done = asyncio.run(prepare_stores(settings))
    if as_json:
        print_json(done)
        return
    for name, told in done.items():
        click.echo(f"{name}: {told}")
    if not done:
        click.echo("Nothing to prepare: these stores are ready when they are opened.")


@click.command
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def reindex(settings: Settings, *, as_json: bool) -> None:
    """
    Build the search index anew from the catalog, and put it into its file.

    A server that runs keeps its own index, which follows the catalog; it takes the file at its next start.
    """

    async def rebuild(market: Market) -> Rebuilt:
        rebuilt = await market.keeper.rebuild()
        await market.keeper.snapshot()
        await market.keeper.refill()
        return rebuilt

    rebuilt = on_market(settings, rebuild)
    if as_json:
        print_json(rebuilt)
    else:
        click.echo(f"{rebuilt.cars:,} cars can be found, of {rebuilt.facts:,} listings")


@click.command
@click.option("--role", "roles", type=choice_of(Role), multiple=True, default=["customer"], show_default=True)
@click.option("--seller", help="The dealer that the person works for: a name or an id.")
@click.option("--trusted", is_flag=True, help="The dealer is verified: its cars go live at once.")
@click.option("--user", type=click.UUID, default=OPERATOR, help="The person's id.")
@click.option("--hours", type=click.FloatRange(0, 8760, min_open=True), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def token(
    settings: Settings,
    roles: tuple[str, ...],
    seller: str | None,
    user: UUID,
    hours: float,
    *,
    trusted: bool,
    as_json: bool,
) -> None:
    """Mint a bearer token for the REST service."""
    if not isfinite(hours):
        raise click.BadParameter(f"{hours} is no number of hours.", param_hint="--hours")
    actor = Actor(
        user_id=UserId(user),
        roles=frozenset(map(Role, roles)),
        dealer_id=DealerId(seller_named(seller)) if seller else None,
        is_trusted=trusted,
    )

    async def mint(market: Market) -> tuple[str, datetime]:
        now = market.stock.clock.now()
        return market.stock.tokens.sign(actor, now=now, lifetime=timedelta(hours=hours)), now

    minted, now = on_market(settings, mint)
    if as_json:
        print_json({"token": minted, "expires_at": now + timedelta(hours=hours), "actor": actor})
    else:
        click.echo(minted)
