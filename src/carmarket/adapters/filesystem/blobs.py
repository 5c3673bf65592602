"""
A file a blob, put in place by a rename.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Coroutine
from functools import wraps
from mimetypes import guess_type
from pathlib import Path
from typing import IO, Any, ParamSpec, TypeVar

from attrs import frozen

from carmarket.core.errors import NotFoundError, UnavailableError
from carmarket.ports.blobs import CHUNK, BlobInfo, BlobStore, demand_key

P = ParamSpec("P")
T = TypeVar("T")
ANY_TYPE = "application/octet-stream"
FOLDER_SIGN = "+"
"""Ends the name of every folder; no key has it, so "a" and "a/b" can both be blobs."""


def _reachable(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A disk that is full or gone is a store that does not answer."""

    @wraps(work)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await work(*args, **kwargs)
        except OSError as error:
            raise UnavailableError(f"The folder of blobs does not answer: {error}") from error

    return guarded


@frozen
class FileBlobStore(BlobStore):
    """Pictures can be looked at where they are; a type that the name does not tell stands in a file of its own."""

    _root: Path

    @_reachable
    async def put(self, key: str, data: bytes | AsyncIterable[bytes], *, content_type: str) -> BlobInfo:
        demand_key(key)
        file = await asyncio.to_thread(self._begin)
        try:
            if isinstance(data, bytes):
                await asyncio.to_thread(file.write, data)
            else:
                async for piece in data:
                    await asyncio.to_thread(file.write, piece)
            size = await asyncio.to_thread(self._finish, file, key, content_type)
        finally:
            await asyncio.to_thread(_drop, file)
        return BlobInfo(size, content_type)

    @_reachable
    async def info(self, key: str) -> BlobInfo | None:
        demand_key(key)
        return await asyncio.to_thread(self._info, key)

    @_reachable
    async def get(self, key: str) -> bytes | None:
        demand_key(key)
        return await asyncio.to_thread(_read, self._place("blobs", key))

    async def stream(self, key: str) -> AsyncGenerator[bytes, None]:
        demand_key(key)
        file = await self._open(key)
        try:
            while piece := await asyncio.to_thread(file.read, CHUNK):
                yield piece
        except OSError as error:
            raise UnavailableError(f"The folder of blobs does not answer: {error}") from error
        finally:
            file.close()

    @_reachable
    async def delete(self, key: str) -> None:
        demand_key(key)
        for kind in ("blobs", "types"):
            await asyncio.to_thread(self._place(kind, key).unlink, missing_ok=True)

    async def keys(self, prefix: str = "") -> AsyncIterator[str]:
        for key in await self._keys(prefix):
            yield key

    @_reachable
    async def _open(self, key: str) -> IO[bytes]:
        try:
            return await asyncio.to_thread(self._place("blobs", key).open, "rb")
        except FileNotFoundError:
            raise NotFoundError("There is no such blob.", field="key", value=key) from None

    @_reachable
    async def _keys(self, prefix: str) -> list[str]:
        return await asyncio.to_thread(lambda: sorted(key for key in self._walk() if key.startswith(prefix)))

    def _walk(self) -> list[str]:
        root = self._root / "blobs"
        found = []
        for folder, _, names in os.walk(root):
            parts = [part.removesuffix(FOLDER_SIGN) for part in Path(folder).relative_to(root).parts]
            found += ["/".join([*parts, name]) for name in names]
        return found

    def _begin(self) -> IO[bytes]:
        unfinished = self._root / "unfinished"
        unfinished.mkdir(parents=True, exist_ok=True)
        return tempfile.NamedTemporaryFile(dir=unfinished, delete=False)

    def _finish(self, file: IO[bytes], key: str, content_type: str) -> int:
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
        told = self._place("types", key)
        if content_type == _guessed(key):
            told.unlink(missing_ok=True)
        else:
            told.parent.mkdir(parents=True, exist_ok=True)
            told.write_text(content_type)
        place = self._place("blobs", key)
        place.parent.mkdir(parents=True, exist_ok=True)
        Path(file.name).replace(place)
        _flush_folder(place.parent)
        return size

    def _info(self, key: str) -> BlobInfo | None:
        try:
            size = self._place("blobs", key).stat().st_size
        except FileNotFoundError:
            return None
        told = _read(self._place("types", key))
        return BlobInfo(size, told.decode() if told else _guessed(key))

    def _place(self, kind: str, key: str) -> Path:
        *folders, name = key.split("/")
        return self._root.joinpath(kind, *(folder + FOLDER_SIGN for folder in folders), name)


def _drop(file: IO[bytes]) -> None:
    """Close what was written aside; if it was not put in place, it goes."""
    file.close()
    Path(file.name).unlink(missing_ok=True)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _guessed(key: str) -> str:
    return guess_type(key)[0] or ANY_TYPE


def _flush_folder(folder: Path) -> None:
    """A rename is on disk when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
