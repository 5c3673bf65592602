"""
The first look at a file: whether it is a table of cars, how long it is, and which pictures it names.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

from attrs import frozen

from carmarket.core.catalog.photos import original_key, photo_id_of
from carmarket.core.catalog.rows import Plan
from carmarket.ports.blobs import BlobStore
from carmarket.ports.imports import TableReader
from carmarket.services.importing.notes import ImportNotes

Pictures = Callable[[str], bytes | None]
"""From a name in the file's photo column to the picture, or `None` if there is none of that name."""


@frozen(kw_only=True)
class FirstLook:
    """Reads the whole file once, before anything of it is taken in."""

    tables: TableReader
    blobs: BlobStore
    notes: ImportNotes

    async def look(
        self, file_name: str, make_plan: Callable[[tuple[str, ...]], Plan], pictures: Pictures | None
    ) -> tuple[Plan, int]:
        """
        How its columns are taken, and its last line. Its pictures are put in place.

        Raises: InvalidError for a file that is no table of cars.
        """
        planned: Plan | None = None
        line = 0
        named: set[str] = set()
        async with (
            aclosing(self.blobs.stream(self.notes.file)) as data,
            aclosing(self.tables.rows(file_name, data)) as rows,
        ):
            async for row in rows:
                line = row.line
                if planned is None:
                    planned = make_plan(row.cells)
                    await self.notes.keep_header(row.cells)
                elif pictures is not None:
                    fresh = [name for name in planned.read(row.cells).photos if name not in named]
                    for name in fresh:
                        await self._keep(name, pictures)
                    named.update(fresh)
        assert planned is not None, "a table reader gives a header or raises"
        return planned, line

    async def _keep(self, name: str, pictures: Pictures) -> None:
        original = pictures(name)
        if original is not None:
            photo_id = photo_id_of(original)
            await self.blobs.put(original_key(photo_id), original, content_type="application/octet-stream")
            await self.notes.keep_photo(name, photo_id)
