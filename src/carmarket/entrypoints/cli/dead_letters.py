"""
`carmarket dead-letters`: look at events that readers could not work off, send them again, or let go of them.
"""

from __future__ import annotations

from typing import Any

import click
from rich.markup import escape
from rich.pretty import Pretty
from rich.table import Table

from carmarket.config import Settings
from carmarket.core.dead_letters import ParkedEvent, ParkedStatus
from carmarket.entrypoints.cli.running import on_market, operator, print_json, table_console
from carmarket.services.market import Market


@click.group("dead-letters")
def dead_letters() -> None:
    """Look at events that readers could not work off, send them again, or let go of them."""


@dead_letters.command("list")
@click.option("--reader", help="Only those of this reader.")
@click.option("--all", "everything", is_flag=True, help="Also what waits for its next try, or behind another.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(settings: Settings, *, reader: str | None, everything: bool, limit: int, as_json: bool) -> None:
    """List them in the order of the log."""
    status = None if everything else ParkedStatus.DEAD

    async def look(market: Market) -> list[dict[str, Any]]:
        found = await market.dead_letters.find(operator(), reader=reader, status=status, limit=limit)
        return [_view(one) for one in found]

    views = on_market(settings, look)
    if as_json:
        print_json(views)
        return
    table = Table("Reader", "Position", "Event", "Key", "Status", "Tries", "Next try", "Error")
    for one in views:
        next_try = f"{one['next_try']:%Y-%m-%d %H:%M:%S}" if one["next_try"] else ""
        table.add_row(
            escape(one["reader"]), str(one["position"]), one["type"], str(one["key"]), one["status"],
            str(one["tries"]), next_try, escape(one["error"]),
        )  # fmt: skip
    table_console().print(table)


@dead_letters.command
@click.argument("reader")
@click.argument("position", type=click.IntRange(1))
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show(settings: Settings, reader: str, position: int, *, as_json: bool) -> None:
    """Show one with its event, and how many wait behind it."""

    async def look(market: Market) -> dict[str, Any]:
        one = await market.dead_letters.get(operator(), reader, position)
        behind = await market.dead_letters.behind(operator(), one)
        return {**_view(one), "parked_at": one.parked_at, "behind": behind, "event": one.event}

    view = on_market(settings, look)
    if as_json:
        print_json(view)
    else:
        table_console().print(Pretty(view, expand_all=True))


@dead_letters.command
@click.argument("reader")
@click.argument("position", type=click.IntRange(1), required=False)
@click.option("--all", "everything", is_flag=True, help="All that are dead, rather than the one at the position.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def retry(settings: Settings, reader: str, position: int | None, *, everything: bool, as_json: bool) -> None:
    """
    Send a dead letter of a reader again, or all of them, once what was wrong is mended.

    The server that runs on the market tries it within a second, and then what waits behind it.
    """
    if everything == (position is not None):
        raise click.UsageError("Say which: a position, or --all.")

    async def send(market: Market) -> list[dict[str, Any]]:
        service = market.dead_letters
        if position is not None:
            return [_view(await service.send_again(operator(), reader, position))]
        return [_view(one) for one in await service.send_all_again(operator(), reader)]

    views = on_market(settings, send)
    if as_json:
        print_json(views)
    else:
        click.echo(f"{len(views):,} sent again; a server that runs tries within a second")


@dead_letters.command
@click.argument("reader")
@click.argument("position", type=click.IntRange(1))
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def discard(settings: Settings, reader: str, position: int, *, as_json: bool) -> None:
    """Let go of a dead letter for good: the reader goes on with what waits behind it."""
    gone = on_market(settings, lambda market: market.dead_letters.discard(operator(), reader, position))
    if as_json:
        print_json(_view(gone))
    else:
        click.echo(f"{gone.event.type} at {gone.position} is discarded")


def _view(one: ParkedEvent) -> dict[str, Any]:
    return {
        "reader": one.reader,
        "position": one.position,
        "type": one.event.type,
        "key": one.event.key,
        "version": one.event.version,
        "status": one.status,
        "tries": one.tries,
        "next_try": one.next_try,
        "error": one.error,
    }
