"""
`carmarket search`: what `GET /v1/cars` finds, in a terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from carmarket.bootstrap import open_market
from carmarket.codec.cursors import CursorCodec, query_key
from carmarket.codec.params import PARAMETERS, parse_query
from carmarket.codec.results import CarView, SearchView, search_view
from carmarket.codec.wording import meaning
from carmarket.config import Settings
from carmarket.core.search.page import Cursor
from carmarket.entrypoints.cli.running import print_json, seller_named, table_console

SHOWN = 8
"""Values of a facet in the terminal."""
TOLD = {"seller": "Only the cars of this seller: a name or an id."}
"""Help that says more than the parameter of REST does."""


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each parameter of a search."""
    for name, told in reversed(list(PARAMETERS.items())):
        if name != "words":
            option = f"--{name.replace('_', '-')}"
            command = click.option(option, name, multiple=True, metavar="VALUE", help=TOLD.get(name, told))(command)
    return command


@click.command
@click.argument("words", nargs=-1)
@_filters
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="Cars a page.")
@click.option("--cursor", help="The `next` of an earlier page of the same search.")
@click.option("--json", "as_json", is_flag=True, help="Print what GET /v1/cars answers.")
@click.pass_obj
def search(
    settings: Settings,
    /,
    words: tuple[str, ...],
    limit: int,
    cursor: str | None,
    *,
    as_json: bool,
    **filters: tuple[str, ...],
) -> None:
    """
    Find cars: "golf under 15k 2019 diesel".

    Numbers with units and trade words become filters; names may be misspelt.
    """
    params: dict[str, Sequence[str]] = {**filters, "words": [" ".join(words)] if words else []}
    view = asyncio.run(_search(settings, params, limit, cursor))
    if as_json:
        print_json(view)
    else:
        _show(view, settings.base_currency)


async def _search(settings: Settings, params: dict[str, Sequence[str]], limit: int, cursor: str | None) -> SearchView:
    if params.get("seller"):
        params = {**params, "seller": [str(seller_named(name)) for name in params["seller"]]}
    async with open_market(settings) as market:
        query = parse_query(params, market.search.rates)
        cursors = CursorCodec(Cursor, market.stock.secrets.secret("cursors"))
        after = cursors.decode(cursor, query_key(query)) if cursor else None
        found = await market.search.find(query, after=after, limit=limit, facets=True)
        return search_view(found.page, found.understood, query, cursors)


def _show(view: SearchView, base: str) -> None:
    console = table_console()
    for piece in view.understood:
        console.print(f"[dim]{escape(piece.text)} is understood as: {meaning(piece, base)}[/dim]", highlight=False)
    table = Table("Car", "Price", "Odometer", "Fuel", "Place", "Id", title=f"{view.total:,} cars")
    for car in view.cars:
        table.add_row(*_cells(car))
    console.print(table)
    for name, counts in view.facets.items():
        if counts:
            told = ", ".join(f"{one.label} {one.count:,}" for one in counts[:SHOWN])
            console.print(f"[bold]{name}[/bold]: {told}", highlight=False)
    if view.next:
        console.print(f"More: --cursor {view.next}", highlight=False, soft_wrap=True)


def _cells(view: CarView) -> tuple[str, ...]:
    car = view.car
    place = car.place
    return (
        view.title,
        str(view.price),
        f"{car.odometer.value:,} {car.odometer.unit}" if car.odometer else "",
        car.vehicle.fuel or "",
        ", ".join(filter(None, (place.city, place.region))) if place else "",
        str(car.id),
    )
