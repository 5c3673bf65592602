"""
`carmarket replay`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from carmarket.config import Settings
from carmarket.entrypoints.cli.running import on_market, operator, print_json
from carmarket.services.market import Market


@click.command
@click.argument("reader")
@click.option("--from-start", is_flag=True, help="All events that are kept.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]),
    help="Those that came at this moment, in UTC, or later.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def replay(settings: Settings, reader: str, *, from_start: bool, since: datetime | None, as_json: bool) -> None:
    """
    Give a reader its events once more; `carmarket doctor` names the readers.

    Stop what does the jobs first, and start it again afterwards: it works the events off. What follows from an event is
    done once however often it comes, but for letters: those that were sent are sent again, with the message ids that
    they had, by which mail programs show them once.
    """
    if from_start == (since is not None):
        raise click.UsageError("Say either --from-start or --since.")
    moment = None if since is None else since.replace(tzinfo=UTC)

    async def send_back(market: Market) -> int:
        return await market.replaying.replay(operator(), reader, since=moment)

    count = on_market(settings, send_back)
    if as_json:
        print_json({"reader": reader, "events": count})
    else:
        click.echo(f"{count:,} events come to {reader} when the jobs are done again")
