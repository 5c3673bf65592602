"""
The demo's cars: 5,000 offers put in through the same import that dealers use, and their pictures.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.resources import files
from io import StringIO

from attrs import frozen
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from carmarket.core.actor import Actor
from carmarket.core.catalog.imports import Import, ImportStatus
from carmarket.core.catalog.names import read_name
from carmarket.core.catalog.vehicle import BodyStyle, Colour
from carmarket.entrypoints.cli.demo.dealers import Row
from carmarket.entrypoints.cli.demo.pictures import draw
from carmarket.entrypoints.cli.running import CONSOLE, seller_named
from carmarket.ports.catalog import ListingFilter
from carmarket.services.market import Market

STOCK = files("carmarket.entrypoints.cli.demo").joinpath("stock.csv.gz")
VIEWS = 2


@frozen
class Subject:
    """What a picture shows: all cars of one body style and colour share their pictures."""

    body: BodyStyle | None
    colour: Colour | None
    view: int

    @property
    def name(self) -> str:
        return f"{self.body or 'car'}-{self.colour or 'plain'}-{self.view}.jpg"


def rows_by_dealer(cars: int | None = None) -> Mapping[str, Sequence[Row]]:
    """The first so many rows of the stock, or all, by the name of their dealer."""
    text = gzip.decompress(STOCK.read_bytes()).decode()
    by_dealer: dict[str, list[Row]] = {}
    for row in list(csv.DictReader(StringIO(text)))[:cars]:
        by_dealer.setdefault(row["Dealer"], []).append(row)
    return by_dealer


async def dealers_without_cars(market: Market, by_dealer: Mapping[str, Sequence[Row]]) -> list[str]:
    """Dealers whose cars are not all there: a seeding that was broken off goes on."""
    return [
        name
        for name, rows in by_dealer.items()
        if await market.stock.listings.count(ListingFilter(seller=seller_named(name))) < len(rows)
    ]


async def put_in(
    market: Market, by_dealer: Mapping[str, Sequence[Row]], staff: Mapping[str, Actor], *, with_pictures: bool
) -> None:
    """Import the cars of these dealers, each by its own staff."""
    if not by_dealer:
        return
    drawn = await _pictures(market, by_dealer) if with_pictures else {}
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=CONSOLE) as progress:
        bar = progress.add_task("Importing the demo stock", total=sum(map(len, by_dealer.values())))
        for name, rows in by_dealer.items():
            started = await market.imports.start(
                staff[name], file_name=f"{name}.csv", data=_file(rows), is_attended=True, pictures=drawn.get
            )
            await _import(market, started, lambda count: progress.advance(bar, count))


async def _import(market: Market, started: Import, advance: Callable[[int], None]) -> None:
    job, line = started, 1
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
