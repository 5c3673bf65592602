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
from attrs import asdict, frozen
from rich.table import Table

from carmarket.bootstrap import open_market, probe_stores
from carmarket.config import Settings, Stores, shown, stores
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.dead_letters import ParkedStatus
from carmarket.core.errors import CarmarketError
from carmarket.core.search.query import SearchQuery
from carmarket.entrypoints.cli.app import explained
from carmarket.entrypoints.cli.running import print_json, table_console
from carmarket.ports.catalog import ListingFilter
from carmarket.ports.dead_letters import ParkedFilter
from carmarket.services.market import Market

MOST_SHOWN = 1_000
LONG = 60.0
"""Seconds that an event may wait before that is worth a look."""
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


@frozen
class Finding:
    """One thing that was looked at; `advice` says what to do where it is not well."""

    name: str
    value: str
    is_well: bool = True
    advice: str = ""


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
            return [
                opened, *await _catalog(market), *await _index(market), *await _work(market), await _parked(market),
                *await _outboxes(market),
            ]  # fmt: skip
    except CarmarketError as error:
        return [Finding("opening", explained(error), is_well=False, advice="mend this first")]


async def _catalog(market: Market) -> Sequence[Finding]:
    counts = {
        status: await market.stock.listings.count(ListingFilter(statuses=frozenset({status})))
        for status in ListingStatus
    }
    told = ", ".join(f"{count:,} {status}" for status, count in counts.items() if count)
    return [Finding("listings", told or "none"), await _events(market)]


async def _events(market: Market) -> Finding:
    log = market.stock.log
    if log is None:
        return Finding("event log", "kept by a broker")
    last, pruned = await log.last(), await log.pruned()
    return Finding("event log", f"events {pruned + 1:,} to {last:,}" if last else "empty")


async def _index(market: Market) -> Sequence[Finding]:
    behind = await market.keeper.lag() or 0
    wanted = ListingFilter(statuses=frozenset({ListingStatus.PUBLISHED}))
    published = await market.stock.listings.count(wanted)
    found = (await market.search.find(SearchQuery(), limit=1)).page.total
    told = f"{found:,} of {published:,} published cars, {behind:,} events behind"
    snapshots = market.stock.snapshots
    stored = await snapshots.stored() if snapshots else None
    is_known = stored is not None and await market.keeper.knows(stored[0])
    kept = f"at event {stored[1]:,}" if stored else "none yet; a server writes one every five minutes"
    return [
        Finding(
            "index",
            told,
            is_well=found == published or behind > 0,
            advice="" if found == published else "carmarket reindex",
        ),
        Finding(
            "index file",
            kept,
            is_well=stored is None or is_known,
            advice="" if stored is None or is_known else "carmarket reindex",
        ),
    ]


async def _work(market: Market) -> Sequence[Finding]:
    waiting = len(await market.stock.subscriptions.subscribe("photos").next(MOST_SHOWN))
    unfinished = await market.stock.imports.unfinished(limit=100)
    leads = await market.stock.leadership.leads()
    advice = "start a server: carmarket serve" if leads else ""
    return [
        Finding("server", "none runs on this market" if leads else "one runs and does the jobs"),
        Finding(
            "photos",
            f"{waiting:,}{'' if waiting < MOST_SHOWN else ' or more'} events to look at",
            is_well=not (waiting and leads),
            advice=advice if waiting else "",
        ),
        Finding(
            "imports",
            f"{len(unfinished)} unfinished",
            is_well=not (unfinished and leads),
            advice=advice if unfinished else "",
        ),
    ]


async def _outboxes(market: Market) -> Sequence[Finding]:
    """What stores have told, and nobody has carried to where events are read."""
    found = []
    for name, outbox in market.stock.outboxes.items():
        waiting = await outbox.waiting()
        age = 0.0 if waiting.oldest is None else (market.stock.clock.now() - waiting.oldest).total_seconds()
        is_well = age < LONG
        found.append(
            Finding(
                f"{name} outbox",
                f"{waiting.count:,} events wait, the oldest for {age:,.0f} s" if waiting.count else "empty",
                is_well=is_well,
                advice="" if is_well else "start a server: carmarket serve; or look at CARMARKET_EVENTS",
            )
        )
    return found


async def _parked(market: Market) -> Finding:
    dead, waiting = [
        await market.stock.dead_letters.count(ParkedFilter(status=status))
        for status in (ParkedStatus.DEAD, ParkedStatus.WAITING)
    ]
    return Finding(
        "dead letters",
        f"{dead:,}, and {waiting:,} events that wait",
        is_well=not dead,
        advice="carmarket dead-letters list" if dead else "",
    )
