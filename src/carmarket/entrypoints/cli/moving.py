"""
`carmarket copy`: a market moves from one machine to many, or back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click
from attrs import asdict, evolve
from rich.table import Table

from carmarket.bootstrap import open_market
from carmarket.codec.canonical import canonical
from carmarket.config import Settings, load_settings, shown, stores
from carmarket.core.errors import InvalidError
from carmarket.entrypoints.cli.running import CONSOLE, print_json, table_console
from carmarket.services.copying.copying import copy_market
from carmarket.services.copying.proof import Compared, Total

KEEPING = ("catalog", "booking", "users", "reviews", "enquiries", "photos", "events")
"""Settings that name what is read and written."""
SHOWN = 16
"""Letters of a checksum that people compare; `--json` has all of them."""


@click.command
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--settle", is_flag=True, help="First let FROM do what waits there: tell people and webhooks.")
@click.option("--json", "as_json", is_flag=True)
def copy(source: str, target: str, *, settle: bool, as_json: bool) -> None:
    """
    Copy all that a market keeps into another, and prove it by counts and checksums of both.

    FROM and TO are each a URL, such as sqlite:///garage.db, that stands for all of a market, or a TOML file with a
    table [carmarket], which may name a store each. CARMARKET_... variables count for neither.

    End the servers of both first. TO is prepared (carmarket migrate) and empty; a copy that was broken off goes on
    when it is begun anew. FROM is left as it is: let no server run on it again, or people are told twice. Events are
    not copied, so all that happened at FROM has to be told to the last: the last reader takes what is 16 minutes old.

    TO needs the key file of FROM, copied beforehand: with another one sessions, links in letters and secrets of
    webhooks would count for nothing. Rate limits and log-outs of the last minutes are counted anew.

    Ends with 1 if anything is not the same on both sides.
    """
    compared = asyncio.run(_copied(_settings("FROM", source), _settings("TO", target), settle=settle))
    if as_json:
        print_json([asdict(one) for one in compared])
    else:
        _show(compared)
    raise SystemExit(0 if all(one.is_equal for one in compared) else 1)


async def _copied(source: Settings, target: Settings, *, settle: bool) -> Sequence[Compared]:
    source, target = _with_keys_of(target, source), _with_keys_of(source, target)
    _demand_apart(source, target)
    _demand_keys(source, target)
    async with open_market(source, with_index=False) as there, open_market(target, with_index=False) as here:
        with CONSOLE.status("Opening") as status:
            return await copy_market(there, here, canonical=canonical, settle=settle, tell=status.update)


def _settings(name: str, said: str) -> Settings:
    """From a URL that stands for all of it, or from a file."""
    if "://" in said:
        return Settings(url=said)
    if not Path(said).is_file():
        raise click.BadParameter(f"{said} is neither a URL nor a file.", param_hint=name)
    return load_settings(file=Path(said), environment=False)


def _with_keys_of(other: Settings, settings: Settings) -> Settings:
    """A market in memory has no keys of its own to keep, and takes those of the other side."""
    if urlsplit(settings.url).scheme != "memory" or settings.keys or urlsplit(other.url).scheme == "memory":
        return settings
    return evolve(settings, keys=stores(other).keys)


def _demand_apart(source: Settings, target: Settings) -> None:
    mine, theirs = stores(source), stores(target)
    for name in KEEPING:
        url = getattr(mine, name)
        if urlsplit(url).scheme != "memory" and url in {getattr(theirs, one) for one in KEEPING}:
            raise InvalidError(
                "A market is copied into stores of its own.",
                field=name,
                value=shown(url),
                expected="another URL for TO",
            )


def _demand_keys(source: Settings, target: Settings) -> None:
    """Before anything is opened, for opening makes a key file where there is none."""
    mine, theirs = stores(source).keys, stores(target).keys
    if mine and not Path(mine).exists():
        raise InvalidError(
            "There is no market to copy: it would have keys.", field="keys", value=mine,
            expected="FROM with its key file: beside a database of SQLite, or where `keys` of its settings says",
        )  # fmt: skip
    if mine and theirs and not Path(theirs).exists():
        raise InvalidError(
            "The market to copy to has no keys yet.", field="keys", value=theirs,
            expected=f"the key file of the other: cp -p {mine} {theirs}",
        )  # fmt: skip


def _show(compared: Sequence[Compared]) -> None:
    table = Table("", "subject", "count there", "count here", "checksum there", "checksum here")
    for one in compared:
        same = "[green]equal[/green]" if one.is_equal else "[red]differs[/red]"
        table.add_row(same, one.subject, *_counts(one.there, one.here), *_sums(one.there, one.here))
    table_console().print(table)


def _counts(*totals: Total) -> Sequence[str]:
    return [f"{one.count:,}" for one in totals]


def _sums(*totals: Total) -> Sequence[str]:
    return [one.checksum[:SHOWN] for one in totals]
