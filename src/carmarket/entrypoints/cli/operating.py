"""
`carmarket reindex` and `carmarket token`.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from math import isfinite
from uuid import UUID

import click

from carmarket.bootstrap import open_market
from carmarket.config import Settings
from carmarket.core.actor import Actor, DealerId, UserId
from carmarket.core.users.roles import Role
from carmarket.entrypoints.cli.running import OPERATOR, choice_of, print_json, seller_named


@click.command
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def reindex(settings: Settings, *, as_json: bool) -> None:
    """
    Build the search index anew from the catalog, and put it into its file.

    A server that runs keeps its own index, which follows the catalog; it takes the file at its next start.
    """

    async def run() -> None:
        async with open_market(settings, with_index=False) as market:
            rebuilt = await market.keeper.rebuild()
            await market.keeper.snapshot()
        if as_json:
            print_json(rebuilt)
        else:
            click.echo(f"{rebuilt.cars:,} cars can be found, of {rebuilt.facts:,} listings")

    asyncio.run(run())


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

    async def run() -> None:
        async with open_market(settings, with_index=False) as market:
            now = market.stock.clock.now()
            minted = market.stock.tokens.sign(actor, now=now, lifetime=timedelta(hours=hours))
        if as_json:
            print_json({"token": minted, "expires_at": now + timedelta(hours=hours), "actor": actor})
        else:
            click.echo(minted)

    asyncio.run(run())
