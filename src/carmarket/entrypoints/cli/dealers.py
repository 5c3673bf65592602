"""
`carmarket dealer`: look at dealers and verify them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import click
from rich.markup import escape
from rich.pretty import Pretty
from rich.table import Table

from carmarket.codec.people import dealer_view, user_view
from carmarket.config import Settings
from carmarket.core.users.dealer import Dealer, DealerStatus
from carmarket.core.users.ids import DealerId
from carmarket.core.users.roles import STAFF, Role
from carmarket.entrypoints.cli.running import choice_of, on_market, operator, print_json, table_console
from carmarket.services.market import Market


@click.group
def dealer() -> None:
    """Look at dealers, and verify, reject or suspend them."""


@dealer.command("list")
@click.option("--status", type=choice_of(DealerStatus), help="Only these.")
@click.option("--after", type=click.UUID, help="Those behind this id.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(settings: Settings, status: str | None, after: UUID | None, limit: int, *, as_json: bool) -> None:
    """List them by id."""

    async def look(market: Market) -> Any:
        wanted, behind = DealerStatus(status) if status else None, DealerId(after) if after else None
        return await market.users.dealers.find(operator(), wanted, after=behind, limit=limit)

    found = on_market(settings, look)
    if as_json:
        print_json([dealer_view(one) for one in found])
        return
    table = Table("Id", "Name", "Status", "Places", "Applied")
    for one in found:
        table.add_row(
            str(one.id), escape(one.name), one.status, str(len(one.places)), one.created_at.isoformat("T", "minutes")
        )
    table_console().print(table)


@dealer.command
@click.argument("dealer_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show(settings: Settings, dealer_id: UUID, *, as_json: bool) -> None:
    """Show one, and who works there."""

    async def look(market: Market) -> tuple[Dealer, Any]:
        known = await market.users.dealers.get(operator(), DealerId(dealer_id))
        return known, await market.users.staff.staff(operator(), known.id)

    known, staff = on_market(settings, look)
    said = {"dealer": dealer_view(known), "staff": [user_view(one) for one in staff]}
    if as_json:
        print_json(said)
    else:
        table_console().print(Pretty(said))


@dealer.command
@click.argument("dealer_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def verify(settings: Settings, dealer_id: UUID, *, as_json: bool) -> None:
    """Trust it: its cars go live at once."""
    _judge(settings, lambda market: market.users.dealers.verify(operator(), DealerId(dealer_id)), as_json=as_json)


@dealer.command
@click.argument("dealer_id", type=click.UUID)
@click.option("--reason", required=True, help="A sentence for the dealer.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def reject(settings: Settings, dealer_id: UUID, reason: str, *, as_json: bool) -> None:
    """It cannot be verified as it is."""
    _judge(
        settings,
        lambda market: market.users.dealers.reject(operator(), DealerId(dealer_id), reason=reason),
        as_json=as_json,
    )


@dealer.command
@click.argument("dealer_id", type=click.UUID)
@click.option("--reason", required=True, help="A sentence for the dealer.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def suspend(settings: Settings, dealer_id: UUID, reason: str, *, as_json: bool) -> None:
    """Trust it no longer."""
    _judge(
        settings,
        lambda market: market.users.dealers.suspend(operator(), DealerId(dealer_id), reason=reason),
        as_json=as_json,
    )


@dealer.command
@click.argument("dealer_id", type=click.UUID)
@click.option("--email", required=True)
@click.option("--role", type=click.Choice(sorted(role.value for role in STAFF)), required=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def invite(settings: Settings, dealer_id: UUID, email: str, role: str, *, as_json: bool) -> None:
    """Ask somebody by letter to work there."""
    _judge(
        settings,
        lambda market: market.users.staff.invite(operator(), DealerId(dealer_id), email=email, role=Role(role)),
        as_json=as_json,
    )


def _judge(settings: Settings, act: Callable[[Market], Awaitable[Dealer]], *, as_json: bool) -> None:
    judged = on_market(settings, act)
    if as_json:
        print_json(dealer_view(judged))
    else:
        click.echo(f"{judged.name} is {judged.status} (version {judged.version})")
