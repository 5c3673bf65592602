"""
The index as a file: written aside and renamed, mapped into memory at the next start.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import struct
import time
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import msgspec
from attrs import frozen

from carmarket.adapters.bitmap.bits import Sections
from carmarket.adapters.bitmap.index import BitmapSearchIndex
from carmarket.adapters.bitmap.table import Table
from carmarket.core.errors import UnavailableError
from carmarket.ports.search import IndexSnapshots

MAGIC = b"carmarket bitmap index 2\n"
LENGTH = struct.Struct("<QI")
"""Of the directory: its bytes, and its checksum."""
TRIES = 3
UNFINISHED = ".unfinished"
UNCHECKED = frozenset({"payloads.blob"})
"""Too large to be read as a whole at every start; a payload that is broken shows when its car is shown."""


@frozen(kw_only=True)
class Directory:
    """What the file holds, and where."""

    token: UUID
    position: int
    size: int
    sections: dict[str, tuple[int, int, int]]
    """Of each section its start, its length and its checksum (CRC 32)."""


@frozen
class BitmapSnapshots(IndexSnapshots):
    """A file that is not whole, or was made by another version, is as good as none."""

    _index: BitmapSearchIndex
    _path: Path

    async def save(self, token: UUID, commit: Callable[[], Awaitable[None]]) -> None:
        sections, position = await self._capture()
        # A name of its own: `carmarket reindex` may save beside a server that does.
        unfinished = self._path.with_name(f"{self._path.name}.{token.hex}{UNFINISHED}")
        try:
            await asyncio.to_thread(_forget_unfinished, self._path)
            await asyncio.to_thread(_write, unfinished, sections, token, position)
            await commit()
            await asyncio.to_thread(unfinished.replace, self._path)
        except OSError as error:
            raise UnavailableError(f"The index cannot be put into {self._path}: {error}") from error
        finally:
            await asyncio.to_thread(unfinished.unlink, missing_ok=True)

    async def stored(self) -> tuple[UUID, int] | None:
        directory = await asyncio.to_thread(_directory, self._path)
        return (directory.token, directory.position) if directory else None

    async def load(self) -> bool:
        loaded = await asyncio.to_thread(_load, self._path)
        if loaded is None:
            return False
        self._index.table, self._index.applied = loaded
        return True

    async def _capture(self) -> tuple[Sections, int]:
        """
        The sections of one moment, in slices between which others get a turn.

        If facts come in between it starts over; at the third time it does all in one go.
        """
        for attempt in range(TRIES):
            table, changes, position = self._index.table, self._index.table.changes, self._index.applied
            sections: Sections = {}
            for _ in table.capture(sections):
                if attempt < TRIES - 1:
                    await asyncio.sleep(0)
                if table.changes != changes or self._index.table is not table:
                    break
            else:
                if self._index.applied == position:
                    return sections, position
        raise AssertionError("nothing comes in while nobody else has a turn")


def _forget_unfinished(path: Path) -> None:
    """Delete what processes that died an hour ago or earlier left behind."""
    for left in path.parent.glob(f"{path.name}.*{UNFINISHED}"):
        if time.time() - left.stat().st_mtime > 3_600:
            left.unlink(missing_ok=True)


def _write(path: Path, sections: Sections, token: UUID, position: int) -> None:
    places: dict[str, tuple[int, int, int]] = {}
    at = 0
    for name, pieces in sections.items():
        size, checksum = 0, 0
        for piece in pieces:
            size += len(piece)
            checksum = checksum if name in UNCHECKED else zlib.crc32(piece, checksum)
        places[name] = (at, size, checksum)
        at += size
    directory = msgspec.msgpack.encode(Directory(token=token, position=position, size=at, sections=places))
    with path.open("wb") as file:
        file.write(MAGIC + LENGTH.pack(len(directory), zlib.crc32(directory)) + directory)
        for pieces in sections.values():
            file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())


def _directory(path: Path) -> Directory | None:
    try:
        with path.open("rb") as file:
            return _read_directory(file.read(len(MAGIC) + LENGTH.size), file.read, path.stat().st_size)
    except OSError:
        return None


def _read_directory(head: bytes, read: Callable[[int], bytes], size: int) -> Directory | None:
    """The directory, if the file is as long as it says."""
    if len(head) < len(MAGIC) + LENGTH.size or not head.startswith(MAGIC):
        return None
    length, checksum = LENGTH.unpack(head[len(MAGIC) :])
    if length > size:
        return None
    data = read(length)
    if zlib.crc32(data) != checksum:
        return None
    directory = msgspec.msgpack.decode(data, type=Directory)
    return directory if size == len(head) + length + directory.size else None


def _load(path: Path) -> tuple[Table, int] | None:
    directory = _directory(path)
    if directory is None:
        return None
    with path.open("rb") as file:
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    begin = len(mapped) - directory.size
    stored: dict[str, memoryview] = {}
    for name, (at, size, checksum) in directory.sections.items():
        section = mapped[begin + at : begin + at + size]
        if name not in UNCHECKED and zlib.crc32(section) != checksum:
            return None
        stored[name] = section
    return Table.restore(stored), directory.position
