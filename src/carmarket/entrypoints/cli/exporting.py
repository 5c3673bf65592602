"""
`carmarket export`: listings as a file that an import takes again.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from carmarket.bootstrap import open_market
from carmarket.codec.feeds import FEED_HEADER, csv_of, listing_row
from carmarket.config import Settings
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import Listing
from carmarket.entrypoints.cli.running import choice_of, operator, seller_named
from carmarket.services.market import Market

BATCH = 500


@click.command
@click.option("--seller", help="Only the cars of this seller: a name or an id.")
@click.option(
    "--status",
    type=choice_of(ListingStatus, "all"),
    default="published",
    show_default=True,
)
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="A file in place of standard output."
)
@click.pass_obj
def export(settings: Settings, seller: str | None, status: str, form: str, output: Path | None) -> None:
    """Write listings as CSV, in columns that an import knows, or as one JSON text a line, with everything."""
    statuses = frozenset() if status == "all" else frozenset({ListingStatus(status)})
    chosen = seller_named(seller) if seller else None
    if output is None:
        asyncio.run(_export(settings, sys.stdout.buffer, chosen, statuses, form))
    else:
        with output.open("wb") as file:
            asyncio.run(_export(settings, file, chosen, statuses, form))


async def _export(
    settings: Settings, out: BinaryIO, seller: SellerId | None, statuses: frozenset[ListingStatus], form: str
) -> None:
    async with open_market(settings, with_index=False) as market:
        if form == "csv":
            out.write(csv_of([FEED_HEADER]))
        async for batch in _batches(market, seller, statuses):
            if form == "csv":
                out.write(csv_of(map(listing_row, batch)))
            else:
                out.writelines(msgspec.json.encode(listing) + b"\n" for listing in batch)


async def _batches(
    market: Market, seller: SellerId | None, statuses: frozenset[ListingStatus]
) -> AsyncIterator[Sequence[Listing]]:
    last = None
    while True:
        batch = await market.catalog.find(
            operator(), statuses=statuses, seller=seller, everybody=seller is None, after=last, limit=BATCH
        )
        if not batch:
            return
        yield batch
        last = batch[-1].id
