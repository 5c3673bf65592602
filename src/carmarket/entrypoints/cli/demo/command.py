"""
`carmarket demo`: a stock of 5,000 cars for a market that is new, put in through the same import that dealers use.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.resources import files
from io import StringIO

import click
from attrs import frozen
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from carmarket.bootstrap import open_market
from carmarket.config import Settings
from carmarket.core.catalog.imports import ImportStatus
from carmarket.core.catalog.names import read_name
from carmarket.core.catalog.vehicle import BodyStyle, Colour
from carmarket.entrypoints.cli.demo.pictures import draw
from carmarket.entrypoints.cli.running import CONSOLE, dealer_of, seller_named
from carmarket.ports.catalog import ListingFilter
from carmarket.services.market import Market

STOCK = files("carmarket.entrypoints.cli.demo").joinpath("stock.csv.gz")
VIEWS = 2
Row = Mapping[str, str]


@frozen
class Subject:
    """What a picture shows: all cars of one body style and colour share their pictures."""

    body: BodyStyle | None
    colour: Colour | None
    view: int

    @property
    def name(self) -> str:
        return f"{self.body or 'car'}-{self.colour or 'plain'}-{self.view}.jpg"


@click.command
@click.option("--cars", type=click.IntRange(1, 5000), default=5000, show_default=True, help="How many of them.")
@click.option("--pictures/--no-pictures", default=True, show_default=True)
@click.pass_obj
def demo(settings: Settings, cars: int, *, pictures: bool) -> None:
    """Seed a market that is new with made-up offers of real cars; one that has cars of its own is left alone."""
    asyncio.run(_seed(settings, cars, with_pictures=pictures))


async def _seed(settings: Settings, cars: int, *, with_pictures: bool) -> None:
    by_dealer: dict[str, list[Row]] = {}
    for row in _rows()[:cars]:
        by_dealer.setdefault(row["Dealer"], []).append(row)
    async with open_market(settings, with_index=False) as market:
        missing = await _missing(market, by_dealer)
        total = await market.stock.listings.count(ListingFilter())
        if not missing or (total and len(missing) == len(by_dealer)):
            click.echo(f"The market has {total:,} listings; nothing is seeded.")
            return
        drawn = await _pictures(market, by_dealer) if with_pictures else {}
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, console=CONSOLE) as progress:
            bar = progress.add_task("Importing the demo stock", total=sum(len(by_dealer[name]) for name in missing))
            for name in missing:
                await _import(market, name, by_dealer[name], drawn.get, lambda rows: progress.advance(bar, rows))
        with CONSOLE.status("Settling"):
            await market.settle()
            await market.keeper.snapshot()
    click.echo(f"{sum(map(len, by_dealer.values())):,} cars of {len(by_dealer)} dealers are for sale.")


def _rows() -> list[Row]:
    text = gzip.decompress(STOCK.read_bytes()).decode()
    return list(csv.DictReader(StringIO(text)))


async def _missing(market: Market, by_dealer: Mapping[str, Sequence[Row]]) -> list[str]:
    """Dealers whose cars are not all there: a seeding that was broken off goes on."""
    return [
        name
        for name, rows in by_dealer.items()
        if await market.stock.listings.count(ListingFilter(seller=seller_named(name))) < len(rows)
    ]


async def _import(
    market: Market,
    dealer: str,
    rows: Sequence[Row],
    picture: Callable[[str], bytes | None],
    advance: Callable[[int], None],
) -> None:
    job = started = await market.imports.start(
        dealer_of(seller_named(dealer)), file_name=f"{dealer}.csv", data=_file(rows), is_attended=True, pictures=picture
    )
    line = 1
    async for job in market.imports.run(started.id):
        advance(job.line - line)
        line = job.line
    assert job.status is ImportStatus.DONE, job.failure


def _file(rows: Sequence[Row]) -> bytes:
    """The dealer's part of the stock, with a column that names the pictures."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, [*rows[0], "Photos"])
    writer.writeheader()
    writer.writerows({**row, "Photos": ";".join(subject.name for subject in _subjects(row))} for row in rows)
    return text.getvalue().encode()


def _subjects(row: Row) -> list[Subject]:
    body, colour = read_name(BodyStyle, row["Body"]), read_name(Colour, row["Exterior Color"])
    return [Subject(body, colour, view) for view in range(VIEWS)]


async def _pictures(market: Market, by_dealer: Mapping[str, Sequence[Row]]) -> Mapping[str, bytes]:
    """Draw every picture once, and re-encode it ahead: listings then only point to it."""
    wanted = {subject.name: subject for rows in by_dealer.values() for row in rows for subject in _subjects(row)}
    drawn: dict[str, bytes] = {}
    loop = asyncio.get_running_loop()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with ProcessPoolExecutor() as pool, Progress(*columns, console=CONSOLE) as progress:
        bar = progress.add_task("Drawing pictures", total=len(wanted))

        async def make(name: str, subject: Subject) -> None:
            drawn[name] = await loop.run_in_executor(pool, _draw, subject)
            await market.photos.prepare(drawn[name])
            progress.advance(bar)

        await asyncio.gather(*(make(name, subject) for name, subject in wanted.items()))
    return drawn


def _draw(subject: Subject) -> bytes:
    return draw(subject.body, subject.colour, view=subject.view)
