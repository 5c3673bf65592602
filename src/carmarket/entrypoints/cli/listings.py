"""
`carmarket listing`: look at listings and act on them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import click
from rich.markup import escape
from rich.pretty import Pretty
from rich.table import Table

from carmarket.config import Settings
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.entrypoints.cli.running import choice_of, on_market, operator, print_json, seller_named, table_console
from carmarket.services.catalog import CatalogService

ACTIONS = {
    "submit": "Ask for review.",
    "approve": "Let it before the public.",
    "reopen": "Make a draft of a rejected one.",
    "publish": "Put it before the public.",
    "pause": "Take it from the public for a while.",
    "renew": "Give it another lifetime.",
    "sell": "The car is sold.",
    "archive": "Put it away.",
    "relist": "List a sold or archived car anew.",
}


@click.group
def listing() -> None:
    """Look at listings and act on them."""


@listing.command("list")
@click.option("--seller", help="Only those of this seller: a name or an id.")
@click.option("--status", "statuses", type=choice_of(ListingStatus), multiple=True, help="May be repeated.")
@click.option("--after", type=click.UUID, help="Those behind this id.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(
    settings: Settings, seller: str | None, statuses: tuple[str, ...], after: UUID | None, limit: int, *, as_json: bool
) -> None:
    """List them by id."""
    found = on_market(
        settings,
        lambda market: market.catalog.find(
            operator(),
            statuses=frozenset(map(ListingStatus, statuses)),
            seller=seller_named(seller) if seller else None,
            everybody=seller is None,
            after=ListingId(after) if after else None,
            limit=limit,
        ),
    )
    if as_json:
        print_json(found)
        return
    table = Table("Id", "Car", "Price", "Status", "Version", "Stock number")
    for one in found:
        details = one.details
        table.add_row(
            str(one.id),
            escape(details.vehicle.title),
            str(one.price.current),
            one.status,
            str(one.version),
            escape(details.stock_number or ""),
        )
    table_console().print(table)


@listing.command
@click.argument("listing_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show(settings: Settings, listing_id: UUID, *, as_json: bool) -> None:
    """Show one with everything."""
    found = on_market(settings, lambda market: market.catalog.get(operator(), ListingId(listing_id)))
    _print(found, as_json=as_json)


@listing.command
@click.argument("listing_id", type=click.UUID)
@click.option("--reason", required=True, help="What the seller is to mend.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def reject(settings: Settings, listing_id: UUID, reason: str, *, as_json: bool) -> None:
    """Send it back to its seller."""
    _act(settings, lambda catalog: catalog.reject(operator(), ListingId(listing_id), reason=reason), as_json=as_json)


def _action(name: str, told: str) -> None:
    @listing.command(name, help=told)
    @click.argument("listing_id", type=click.UUID)
    @click.option("--json", "as_json", is_flag=True)
    @click.pass_obj
    def act(settings: Settings, listing_id: UUID, *, as_json: bool) -> None:
        _act(settings, lambda catalog: getattr(catalog, name)(operator(), ListingId(listing_id)), as_json=as_json)


for _name, _told in ACTIONS.items():
    _action(_name, _told)


def _act(settings: Settings, decide: Callable[[CatalogService], Awaitable[Listing]], *, as_json: bool) -> None:
    changed = on_market(settings, lambda market: decide(market.catalog))
    _print(changed, as_json=as_json)


def _print(found: Listing, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        console = table_console()
        console.print(f"[bold]{escape(found.details.vehicle.title)}[/bold] is {found.status}, version {found.version}")
        console.print(Pretty(found, expand_all=True))
