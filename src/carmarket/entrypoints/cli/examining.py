"""
`carmarket doctor`'s looks at an open market: each at one thing, with what to do where it is not well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

from attrs import frozen

from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.dead_letters import ParkedStatus
from carmarket.core.errors import CarmarketError
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.entrypoints.cli.app import explained
from carmarket.entrypoints.cli.running import operator
from carmarket.ports.catalog import ListingFilter
from carmarket.ports.dead_letters import ParkedFilter
from carmarket.ports.search import IndexSnapshots
from carmarket.services.market import Market

LONG = 60.0
"""Seconds that an event may wait before that is worth a look."""
PATIENCE = 10.0
"""Seconds for a look at one thing."""
WORK = "start carmarket work, or carmarket serve"


@frozen
class Finding:
    """One thing that was looked at; `advice` says what to do where it is not well."""

    name: str
    value: str
    is_well: bool = True
    advice: str = ""


async def looked_at(market: Market) -> Sequence[Finding]:
    """All looks at once, for some wait long for a store that is away."""
    looks = {
        "listings": _catalog, "index": _index, "readers": _readers, "jobs": _work, "dead letters": _parked,
        "outboxes": _outboxes,
    }  # fmt: skip
    found = await asyncio.gather(*(_looked(name, look(market)) for name, look in looks.items()))
    return [one for several in found for one in several]


async def _looked(name: str, look: Awaitable[Sequence[Finding]]) -> Sequence[Finding]:
    """What a look finds; one that meets a store which is away, or hangs, keeps no other from telling."""
    advice = "look at the stores that are away"
    try:
        async with asyncio.timeout(PATIENCE):
            return await look
    except CarmarketError as error:
        return [Finding(name, explained(error), is_well=False, advice=advice)]
    except TimeoutError:
        return [Finding(name, f"no answer in {PATIENCE:.0f} s", is_well=False, advice=advice)]


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
    """The index itself is asked, and not what stands in for it while it is away."""
    wanted = ListingFilter(statuses=frozenset({ListingStatus.PUBLISHED}))
    published = await market.stock.listings.count(wanted)
    behind = await _index_lag(market)
    found = await market.stock.index.find(SearchQuery(sort=Sort.NEWEST), now=market.stock.clock.now(), limit=1)
    findings = [_found("index", found.total, published, behind)]
    if market.stock.fallback is not None:
        standing_in = (await market.stock.fallback.find(SearchQuery(), limit=1)).total
        findings.append(_found("search fallback", standing_in, published, await _lag(market, "fallback")))
    if market.stock.snapshots is not None:
        findings.append(await _snapshot(market, market.stock.snapshots))
    return findings


def _found(name: str, found: int, published: int, behind: int) -> Finding:
    is_well = found == published or behind > 0
    told = f"{found:,} of {published:,} published cars, {behind:,} events behind"
    return Finding(name, told, is_well=is_well, advice="" if is_well else "carmarket reindex")


async def _snapshot(market: Market, snapshots: IndexSnapshots) -> Finding:
    stored = await snapshots.stored()
    is_well = stored is None or await market.keeper.knows(stored[0])
    kept = f"at event {stored[1]:,}" if stored else "none yet; a server writes one every five minutes"
    return Finding("index file", kept, is_well=is_well, advice="" if is_well else "carmarket reindex")


async def _index_lag(market: Market) -> int:
    lag = await market.keeper.lag()
    return await _lag(market, "index") if lag is None else lag


async def _lag(market: Market, reader: str) -> int:
    return await market.replaying.lag(operator(), reader)


async def _readers(market: Market) -> Sequence[Finding]:
    """
    Who is behind what happened; one that takes its time on purpose is left out.

    On a market that the command line alone keeps they are behind until somebody serves; what a person misses by then
    are photos.
    """
    names = [reader.name for reader in market.readers if not reader.delay]
    lags = dict(zip(names, await asyncio.gather(*(_lag(market, name) for name in names)), strict=True))
    behind = {name: lag for name, lag in lags.items() if lag}
    told = ", ".join(f"{name} {lag:,}" for name, lag in sorted(behind.items(), key=lambda one: -one[1]))
    nobody_works = await market.stock.leadership.leads()
    is_well = not (nobody_works and "photos" in behind)
    return [
        Finding(
            "readers",
            f"events behind: {told}" if told else f"all {len(names)} have worked off what happened",
            is_well=is_well,
            advice="" if is_well else WORK,
        )
    ]


async def _work(market: Market) -> Sequence[Finding]:
    unfinished = await market.stock.imports.unfinished(limit=100)
    nobody_works = await market.stock.leadership.leads()
    is_well = not (unfinished and nobody_works)
    return [
        Finding("jobs", "nobody does them now" if nobody_works else "somebody does them"),
        Finding("imports", f"{len(unfinished)} unfinished", is_well=is_well, advice="" if is_well else WORK),
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
                advice="" if is_well else f"{WORK}; or look at CARMARKET_EVENTS",
            )
        )
    return found


async def _parked(market: Market) -> Sequence[Finding]:
    dead, waiting = [
        await market.stock.dead_letters.count(ParkedFilter(status=status))
        for status in (ParkedStatus.DEAD, ParkedStatus.WAITING)
    ]
    return [
        Finding(
            "dead letters",
            f"{dead:,}, and {waiting:,} events that wait",
            is_well=not dead,
            advice="carmarket dead-letters list" if dead else "",
        )
    ]
