"""
`carmarket backup` and `carmarket restore`: the database and the photos.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from attrs import frozen

from carmarket.bootstrap import open_market
from carmarket.config import Settings
from carmarket.core.errors import ConflictError, InvalidError
from carmarket.entrypoints.cli.running import print_json
from carmarket.ports.backup import Backup
from carmarket.ports.blobs import BlobStore
from carmarket.services.market import Market

DATABASE = "carmarket.db"
BLOBS = "file:///{}"


@frozen
class Copied:
    """What a copy holds."""

    database_bytes: int
    blobs: int
    new_blobs: int
    """Those that an earlier copy in the same folder did not have."""


@click.command
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def backup(settings: Settings, folder: Path, *, as_json: bool) -> None:
    """
    Copy the database and the photos into FOLDER, also while a server runs.

    A second copy into the same folder takes the newest database and adds the photos that are new. The key file is not
    copied: keep it elsewhere.
    """
    copied = asyncio.run(_backup(settings, folder))
    if as_json:
        print_json(copied)
    else:
        click.echo(f"{copied.database_bytes:,} bytes and {copied.blobs:,} blobs ({copied.new_blobs:,} new) in {folder}")


@click.command
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def restore(settings: Settings, folder: Path, *, as_json: bool) -> None:
    """Put what `backup` copied into a new, empty market."""
    copied = asyncio.run(_restore(settings, folder))
    if as_json:
        print_json(copied)
    else:
        click.echo(f"{copied.database_bytes:,} bytes and {copied.blobs:,} blobs restored from {folder}")


async def _backup(settings: Settings, folder: Path) -> Copied:
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with (
        open_market(settings, with_index=False) as market,
        open_market(_beside(folder), with_index=False) as copy,
    ):
        # The database first: a photo is in the blob store before its listing tells of it.
        size = await _store(market).copy_to(folder / DATABASE)
        blobs, new = await _copy_blobs(market.stock.blobs, copy.stock.blobs)
    return Copied(size, blobs, new)


async def _restore(settings: Settings, folder: Path) -> Copied:
    database = folder / DATABASE
    if not await asyncio.to_thread(database.is_file):
        raise InvalidError(
            "The folder holds no copy.", field="folder", value=str(folder), expected="a folder that backup made"
        )
    async with (
        open_market(settings, with_index=False) as market,
        open_market(_beside(folder), with_index=False) as copy,
    ):
        if not await market.stock.leadership.leads():
            raise ConflictError(
                "A server runs on this market.", field="url", value=settings.url, expected="a market nobody uses"
            )
        await _store(market).restore_from(database)
        blobs, new = await _copy_blobs(copy.stock.blobs, market.stock.blobs)
    return Copied(database.stat().st_size, blobs, new)


def _beside(folder: Path) -> Settings:
    """A market that lends its blob store, which is the folder's."""
    return Settings(url="memory://", photos=BLOBS.format(folder.absolute() / "photos"))


def _store(market: Market) -> Backup:
    if market.stock.backup is None:
        raise InvalidError("This market's store cannot be copied.", field="url", expected="sqlite:///garage.db")
    return market.stock.backup


async def _copy_blobs(source: BlobStore, target: BlobStore) -> tuple[int, int]:
    """How many blobs there are, and how many of them the target did not have."""
    count = new = 0
    async for key in source.keys():
        info = await source.info(key)
        if info is None:
            continue
        count += 1
        if await target.info(key) != info:
            await target.put(key, source.stream(key), content_type=info.content_type)
            new += 1
    return count, new
