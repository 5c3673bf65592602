"""
`carmarket enquiry`: look at what people ask about cars.
"""

from __future__ import annotations

from uuid import UUID

import click
from rich.markup import escape
from rich.pretty import Pretty
from rich.table import Table

from carmarket.config import Settings
from carmarket.core.enquiries.enquiry import EnquiryId
from carmarket.core.side import Side
from carmarket.entrypoints.cli.running import on_market, operator, print_json, seller_named, table_console


@click.group
def enquiry() -> None:
    """Look at what people ask about cars."""


@enquiry.command("list")
@click.option("--seller", help="Only those to this seller: a name or an id.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(settings: Settings, seller: str | None, limit: int, *, as_json: bool) -> None:
    """List them, the newest first."""
    wanted = seller_named(seller) if seller else None
    found = on_market(settings, lambda market: market.enquiries.of_seller(operator(), wanted, limit=limit))
    if as_json:
        print_json(found)
        return
    table = Table("Id", "Car", "Status", "Messages", "Unread by the seller", "Last", "Changed")
    for one in found:
        table.add_row(
            str(one.id),
            str(one.car_id),
            one.status,
            str(len(one.messages)),
            str(one.unread(Side.SELLER)),
            escape(one.messages[-1].text),
            f"{one.updated_at:%Y-%m-%d %H:%M}",
        )
    table_console().print(table)


@enquiry.command
@click.argument("enquiry_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show(settings: Settings, enquiry_id: UUID, *, as_json: bool) -> None:
    """Show one with all that was written."""
    found = on_market(settings, lambda market: market.enquiries.get(operator(), EnquiryId(enquiry_id)))
    if as_json:
        print_json(found)
        return
    table_console().print(Pretty(found, expand_all=True))
