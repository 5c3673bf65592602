"""
`carmarket booking rules`: by which rules a dealer's cars are booked.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click
from rich.pretty import Pretty

from carmarket.codec.bookings import SaidRules, said_rules
from carmarket.codec.known import read_as
from carmarket.config import Settings
from carmarket.core.booking.rules import DealerRules
from carmarket.core.errors import InvalidError, NotFoundError
from carmarket.entrypoints.cli.running import dealer_of, on_market, print_json, seller_named, table_console
from carmarket.services.market import Market


@click.group
def rules() -> None:
    """By which rules a dealer's cars are booked."""


@rules.command("show")
@click.option("--seller", required=True, help="A name or an id.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show_rules(settings: Settings, seller: str, *, as_json: bool) -> None:
    """Show them, in the shape that `set` takes."""
    found = on_market(settings, lambda market: market.booking.my_rules(dealer_of(seller_named(seller))))
    if found is None:
        raise NotFoundError("This seller takes no bookings yet.", field="seller", value=seller)
    _print_rules(said_rules(found), found.version, as_json=as_json)


@rules.command("set")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seller", required=True, help="A name or an id.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def set_rules(settings: Settings, file: Path, seller: str, *, as_json: bool) -> None:
    """Take all of them from FILE (TOML), from now on."""
    said = read_as(SaidRules, _toml(file), expected="what docs/booking.md says of the file")
    actor = dealer_of(seller_named(seller))

    async def replace(market: Market) -> DealerRules:
        known = await market.booking.my_rules(actor)
        version = known.version if known else 0
        made = said.rules(seller_named(seller), version + 1)
        await market.booking.set_rules(actor, made, expected=version)
        return made

    made = on_market(settings, replace)
    _print_rules(said_rules(made), made.version, as_json=as_json)


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise InvalidError(
            f"The file cannot be read: {wrong}", field="file", value=str(file), expected="TOML in UTF-8"
        ) from wrong


def _print_rules(said: SaidRules, version: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"version": version, "rules": said})
    else:
        console = table_console()
        console.print(f"The rules, version {version}")
        console.print(Pretty(said, expand_all=True))
