"""
`carmarket doctor`: what is configured, what is reachable, what is out of step.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from time import perf_counter

import click
from attrs import asdict
from rich.table import Table

from carmarket.bootstrap import open_market, probe_stores
from carmarket.config import Settings, Stores, shown, stores
from carmarket.core.errors import CarmarketError
from carmarket.entrypoints.cli.app import explained
from carmarket.entrypoints.cli.examining import Finding, looked_at
from carmarket.entrypoints.cli.running import print_json, table_console

EXTRAS = {
    "embedded": "numpy",
    "xlsx": "python_calamine",
    "tokens": "jwt",
    "oidc": "joserfc",
    "settings": "typed_settings",
    "mail": "aiosmtplib",
    "web": "litestar",
    "calendar": "icalendar",
    "cli": "rich",
    "postgres": "psycopg",
    "mongo": "pymongo",
    "elasticsearch": "elasticsearch",
    "kafka": "aiokafka",
    "redis": "redis",
    "s3": "boto3",
}


@click.command
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def doctor(settings: Settings, *, as_json: bool) -> None:
    """Say what is configured, reachable and out of step, and what to do about it."""
    findings = [*_configured(settings), *asyncio.run(_reached(settings)), *asyncio.run(_examined(settings))]
    is_well = all(one.is_well for one in findings)
    if as_json:
        print_json({"is_well": is_well, "findings": [asdict(one) for one in findings]})
    else:
        table = Table("", "", "", "")
        for one in findings:
            table.add_row("[green]ok[/green]" if one.is_well else "[red]look[/red]", one.name, one.value, one.advice)
        table_console().print(table)
    raise SystemExit(0 if is_well else 1)


def _configured(settings: Settings) -> Sequence[Finding]:
    urls = stores(settings)
    extras = [name for name, module in EXTRAS.items() if find_spec(module)]
    return [
        Finding("carmarket", f"{version('carmarket')} on Python {sys.version.split()[0]}"),
        Finding("extras", ", ".join(extras)),
        *(Finding(name, shown(url)) for name, url in _named(urls).items()),
        Finding("log-in with", _providers(settings)),
        Finding("keys", urls.keys or "live with the process"),
        Finding("base currency", f"{settings.base_currency}, rates for {', '.join(settings.rates) or 'no other'}"),
    ]


def _named(urls: Stores) -> Mapping[str, str]:
    """Each store that is not where the catalog is."""
    names = ("booking", "users", "reviews", "enquiries", "search", "photos", "events", "cache", "mail")
    others = {name: getattr(urls, name) for name in names}
    return {"catalog": urls.catalog, **{name: url for name, url in others.items() if url not in {None, urls.catalog}}}


def _providers(settings: Settings) -> str:
    """Who vouches for people; never a secret."""
    return ", ".join(f"{name} ({one.issuer})" for name, one in settings.oidc.items()) or "a password alone"


async def _reached(settings: Settings) -> Sequence[Finding]:
    """What answers behind each setting; one that names nothing is told of when the market is opened."""
    try:
        answers = await probe_stores(settings)
    except CarmarketError:
        return []
    found = []
    for name, told in answers.items():
        is_well = isinstance(told, str)
        said = told if isinstance(told, str) else explained(told)
        advice = "" if is_well else f"look at CARMARKET_{name.upper()}, and at the server"
        found.append(Finding(f"{name} answers" if is_well else f"{name} is away", said, is_well=is_well, advice=advice))
    return found


async def _examined(settings: Settings) -> Sequence[Finding]:
    try:
        begun = perf_counter()
        async with open_market(settings) as market:
            opened = Finding("opening", f"{(perf_counter() - begun) * 1000:,.0f} ms with the index")
            return [opened, *await looked_at(market)]
    except CarmarketError as error:
        return [Finding("opening", explained(error), is_well=False, advice="mend this first")]
