"""
`carmarket import`: a dealer's file into the market.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path

import click
from attrs import asdict
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from carmarket.bootstrap import open_market
from carmarket.config import Settings
from carmarket.core.actor import Actor
from carmarket.core.catalog.imports import Import, ImportOptions, ImportStatus
from carmarket.core.errors import InvalidError
from carmarket.entrypoints.cli.running import CONSOLE, dealer_of, print_json, seller_named
from carmarket.ports.pictures import MOST_BYTES
from carmarket.services.market import Market

PIECE = 256 * 1024


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seller", required=True, help="Whose cars they are: a name, always written alike, or an id.")
@click.option(
    "--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="What the columns mean (TOML)."
)
@click.option(
    "--photos",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the pictures are that a column names. Default: beside the file.",
)
@click.option("--dry-run", is_flag=True, help="Look at everything, change nothing.")
@click.option("--full", is_flag=True, help="The file names all cars of the seller: withdraw those it leaves out.")
@click.option("--allow-removals", is_flag=True, help="With --full, withdraw even more than 30 % of them.")
@click.option(
    "--failed",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rows that fail are written. Default: FILE.failed.csv.",
)
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
@click.pass_obj
def import_file(
    settings: Settings,
    file: Path,
    *,
    seller: str,
    mapping: Path | None,
    photos: Path | None,
    failed: Path | None,
    dry_run: bool,
    full: bool,
    allow_removals: bool,
    as_json: bool,
) -> None:
    """
    Put the cars of FILE (CSV or XLSX) into the market.

    Columns are matched by name and synonym. Rows that fail are written to a file that can be corrected and imported
    again. The same file twice changes nothing. An import that was broken off goes on where it was.
    """
    options = ImportOptions(
        mapping=_text_of(mapping) if mapping else None, dry_run=dry_run, full=full, allow_removals=allow_removals
    )
    rejected = failed or file.with_name(f"{file.name}.failed.csv")
    actor = dealer_of(seller_named(seller))
    done, has_failed = asyncio.run(
        _import(settings, actor, file, options, folder=photos or file.parent, rejected=rejected)
    )
    if as_json:
        print_json(
            {
                **asdict(done.counts),
                "id": done.id,
                "status": done.status,
                "failure": done.failure,
                "columns": done.columns,
                "missing_photos": done.missing_photos,
                "dry_run": dry_run,
                "failed_rows": str(rejected) if has_failed else None,
            }
        )
    else:
        _report(done, rejected if has_failed else None)
    if done.status is ImportStatus.FAILED:
        raise SystemExit(1)


async def _import(
    settings: Settings, actor: Actor, file: Path, options: ImportOptions, *, folder: Path, rejected: Path
) -> tuple[Import, bool]:
    digest = await asyncio.to_thread(_digest, file)
    async with open_market(settings, with_index=False) as market:
        job = await market.imports.start(
            actor,
            file_name=file.name,
            data=_pieces(file),
            options=options,
            is_attended=True,
            fingerprint=f"{digest}:{options}",
            pictures=pictures_in(folder),
        )
        job = await follow(market, job)
        if job.counts.failed:
            with rejected.open("wb") as out:
                async for piece in market.imports.failed_rows(actor, job.id):
                    out.write(piece)
        await develop(market)
    return job, job.counts.failed > 0


async def follow(market: Market, started: Import) -> Import:
    """Run the import with a bar that shows how far it is."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=CONSOLE, transient=True) as progress:
        bar = progress.add_task(f"Importing {started.file_name}", total=started.total_lines, completed=started.line)
        job = started
        async for job in market.imports.run(started.id):
            progress.update(bar, completed=job.line)
    return job


async def develop(market: Market) -> None:
    """Re-encode the pictures that wait, if no server on this market does it."""
    photos = next(job for job in market.jobs if job.name == "photos")
    while await photos.step():
        pass


def pictures_in(folder: Path) -> Callable[[str], bytes | None]:
    """Pictures by their names inside of the folder; nothing outside of it is ever read."""
    root = folder.resolve()

    def read(name: str) -> bytes | None:
        try:
            path = (root / name).resolve()
            is_ours = path.is_relative_to(root) and path.is_file() and path.stat().st_size <= MOST_BYTES
            return path.read_bytes() if is_ours else None
        except (OSError, ValueError):  # a name that no file can have, or a file that cannot be read
            return None

    return read


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while piece := await asyncio.to_thread(opened.read, PIECE):
            yield piece


def _text_of(mapping: Path) -> str:
    try:
        return mapping.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise InvalidError(
            f"The mapping is no text: {wrong.reason}.", field="mapping", value=str(mapping), expected="TOML in UTF-8"
        ) from wrong


def _digest(file: Path) -> str:
    digest = sha256()
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _report(done: Import, rejected: Path | None) -> None:
    table = Table("Column", "taken for", "unit", title=done.file_name)
    for match in done.columns:
        table.add_row(escape(match.column), match.field or "[dim]left out[/dim]", match.unit or "")
    CONSOLE.print(table)
    told = ", ".join(f"{count:,} {name}" for name, count in asdict(done.counts).items())
    click.echo(f"{'Would be: ' if done.options.dry_run else ''}{told}")
    if done.missing_photos.count:
        names = ", ".join(done.missing_photos.names)
        click.echo(f"{done.missing_photos.count:,} pictures are named that are not in the folder, such as {names}")
    if rejected is not None:
        CONSOLE.print(f"Rows that failed, with the reasons: {rejected}", soft_wrap=True)
    if done.failure:
        CONSOLE.print(done.failure, style="bold red", soft_wrap=True)
