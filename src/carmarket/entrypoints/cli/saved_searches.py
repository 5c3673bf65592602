"""
`carmarket saved-search`: look at what people go on looking for.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import click
from rich.pretty import Pretty
from rich.table import Table

from carmarket.config import Settings
from carmarket.core.search.alerts import Alert
from carmarket.core.search.saved import SavedSearch, SavedSearchId
from carmarket.core.users.ids import UserId
from carmarket.entrypoints.cli.running import on_market, operator, print_json, table_console
from carmarket.services.market import Market


@click.group("saved-search")
def saved_search() -> None:
    """Look at what people go on looking for."""


@saved_search.command("list")
@click.option("--user", type=click.UUID, required=True, help="Whose: the person's id.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(settings: Settings, user: UUID, *, as_json: bool) -> None:
    """List somebody's, the oldest first."""
    found = on_market(settings, lambda market: market.saved_searches.find(operator(), owner=UserId(user)))
    if as_json:
        print_json(found)
        return
    table = Table("Id", "Name", "How often", "Query", "Version")
    for one in found:
        table.add_row(str(one.id), one.name, one.how_often, one.asked, str(one.version))
    table_console().print(table)


@saved_search.command
@click.argument("search_id", type=click.UUID)
@click.option("--alerts", "limit", type=click.IntRange(0, 1000), default=20, show_default=True, help="The newest.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show(settings: Settings, search_id: UUID, limit: int, *, as_json: bool) -> None:
    """Show one as it is understood, and what it found."""

    async def read(market: Market) -> tuple[SavedSearch, Sequence[Alert]]:
        found = await market.saved_searches.get(operator(), SavedSearchId(search_id))
        return found, await market.saved_searches.alerts(operator(), search_id=found.id, limit=limit)

    found, alerts = on_market(settings, read)
    if as_json:
        print_json({"saved_search": found, "alerts": alerts})
        return
    console = table_console()
    console.print(Pretty(found, expand_all=True))
    table = Table("Car", "Price", "Matched", "Told", "Id", title=f"{len(alerts):,} alerts")
    for one in alerts:
        told = one.told_at.isoformat() if one.told_at else f"due {one.due_at.isoformat()}"
        table.add_row(one.title, str(one.price), one.at.isoformat(), told, str(one.car_id))
    console.print(table)
