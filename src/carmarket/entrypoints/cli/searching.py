"""
`carmarket search`: what `GET /v1/cars` finds, in a terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.table import Table

from carmarket.bootstrap import open_market
from carmarket.codec.cursors import CursorCodec, query_key
from carmarket.codec.params import PARAMETERS, parse_query
from carmarket.codec.results import CarView, SearchView, search_view
from carmarket.config import Settings
from carmarket.core.search.page import Cursor
from carmarket.entrypoints.cli.running import print_json, table_console

SHOWN = 8
"""Values of a facet in the terminal."""


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each parameter of a search."""
    for name, told in reversed(list(PARAMETERS.items())):
        if name != "words":
            command = click.option(f"--{name.replace('_', '-')}", name, multiple=True, metavar="VALUE", help=told)(
                command
            )
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
        _show(view)


async def _search(settings: Settings, params: dict[str, Sequence[str]], limit: int, cursor: str | None) -> SearchView:
    async with open_market(settings) as market:
        query = parse_query(params, market.search.rates)
        cursors = CursorCodec(Cursor, market.stock.secrets.secret("cursors"))
        after = cursors.decode(cursor, query_key(query)) if cursor else None
        found = await market.search.find(query, after=after, limit=limit, facets=True)
        return search_view(found.page, found.understood, query, cursors)


def _show(view: SearchView) -> None:
    console = table_console()
    for piece in view.understood:
        console.print(f"[dim]{piece.text} is understood as {piece.field} {piece.value}[/dim]")
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
