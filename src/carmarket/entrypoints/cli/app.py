"""
`carmarket`: its commands, its options, and how an error ends.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path

import click

from carmarket.config import MissingExtraError, load_settings
from carmarket.core.errors import (
    CarmarketError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StaleError,
    UnavailableError,
)
from carmarket.entrypoints.workers.logs import silence_drivers

GROUP = "carmarket.commands"
OWN = {
    "audit": "people:audit",
    "backup": "copies:backup",
    "copy": "moving:copy",
    "dead-letters": "dead_letters:dead_letters",
    "dealer": "dealers:dealer",
    "booking": "bookings:booking",
    "demo": "demo.command:demo",
    "doctor": "doctor:doctor",
    "enquiry": "enquiries:enquiry",
    "export": "exporting:export",
    "import": "importing:import_file",
    "listing": "listings:listing",
    "migrate": "operating:migrate",
    "reindex": "operating:reindex",
    "replay": "replaying:replay",
    "restore": "copies:restore",
    "review": "reviews:review",
    "saved-search": "saved_searches:saved_search",
    "search": "searching:search",
    "token": "operating:token",
    "user": "people:user",
    "webhook": "webhooks:webhook",
}
"""Where the commands are; a module is imported when its command is asked for."""

EXIT_CODES: Mapping[type[CarmarketError], int] = {
    InvalidError: 2,
    NotFoundError: 3,
    ForbiddenError: 4,
    ConflictError: 5,
    StaleError: 5,
    UnavailableError: 6,
    MissingExtraError: 7,
    CarmarketError: 1,
}
"""The nearest kind in an error's ancestry decides."""


class Commands(click.Group):
    """Own commands, and those that other installed parts of carmarket bring by entry point."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted({*OWN, *_brought()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name in OWN:
            module, name = OWN[cmd_name].split(":")
            command: click.Command = getattr(import_module(f"carmarket.entrypoints.cli.{module}"), name)
            return command
        entry = _brought().get(cmd_name)
        return None if entry is None else _load(entry)


def _brought() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _load(entry: EntryPoint) -> click.Command:
    try:
        command: click.Command = entry.load()
    except ImportError as missing:
        needs = f"{entry.name} needs {missing.name}: install carmarket[web]."

        def explain() -> None:
            raise MissingExtraError(needs)

        return click.Command(entry.name, callback=explain, help=needs)
    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option(
    "--market", "url", metavar="URL", help="The market, such as sqlite:///garage.db. Default: $CARMARKET_URL."
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file with a table [carmarket].",
)
@click.version_option(version("carmarket"), prog_name="carmarket")
@click.pass_context
def carmarket(ctx: click.Context, url: str | None, config: Path | None) -> None:
    """A car marketplace, on one machine or on many."""
    silence_drivers()
    ctx.obj = load_settings(url=url, file=config)


def main() -> None:
    """Run the command; an error that carmarket raises on purpose ends with a sentence and its code."""
    try:
        carmarket()
    except CarmarketError as error:
        click.echo(f"carmarket: {explained(error)}", err=True)
        sys.exit(next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES))
    except OSError as error:
        click.echo(f"carmarket: {error.strerror or error}: {error.filename or ''}", err=True)
        sys.exit(EXIT_CODES[UnavailableError])


def explained(error: CarmarketError) -> str:
    """The sentence with what was given and what would be right."""
    told = getattr(error, "message", str(error))
    if getattr(error, "value", None) is not None:
        told += f" ({error.field}: {error.value})"
    elif getattr(error, "field", None):
        told += f" ({error.field})"
    if getattr(error, "expected", None):
        told += f" Expected: {error.expected}."
    return told
