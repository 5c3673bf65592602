"""
What an import keeps beside its job: the file, its pictures' names, the cars it has seen, the rows that failed.
"""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Iterable, Sequence
from hashlib import sha256
from io import StringIO
from uuid import UUID

from attrs import frozen

from carmarket.core.catalog.columns import ERROR_PREFIX
from carmarket.core.catalog.imports import ImportId
from carmarket.core.catalog.photos import PhotoId
from carmarket.core.catalog.rows import CellError
from carmarket.ports.blobs import BlobStore
from carmarket.ports.imports import TableRow

ERROR_COLUMNS = tuple(ERROR_PREFIX + name for name in ("line", "column", "value", "reason"))
CSV_TYPE = "text/csv"
ID_BYTES = 16


@frozen
class FailedRow:
    """A row as it stands in the file, and what is wrong with it."""

    row: TableRow
    errors: Sequence[CellError]


@frozen(kw_only=True)
class ImportNotes:
    """Blobs under keys that the import's id and the number of a batch decide, so that a repeat writes the same."""

    blobs: BlobStore
    import_id: ImportId

    @property
    def file(self) -> str:
        return f"imports/{self.import_id}/file"

    async def keep_header(self, header: Sequence[str]) -> None:
        """The first line of the failed rows."""
        await self.blobs.put(
            self._key("header"), _csv([[*_own(header, header), *ERROR_COLUMNS]]), content_type=CSV_TYPE
        )

    async def keep_photo(self, name: str, photo_id: PhotoId) -> None:
        """The picture of this name is in place as an original."""
        await self.blobs.put(self._photo_key(name), str(photo_id).encode(), content_type="text/plain")

    async def photo(self, name: str) -> PhotoId | None:
        noted = await self.blobs.get(self._photo_key(name))
        return PhotoId(UUID(noted.decode())) if noted else None

    async def keep_batch(
        self, number: int, seen: Iterable[UUID], failed: Sequence[FailedRow], header: Sequence[str]
    ) -> None:
        """What a batch has seen and what failed in it; must be in place before the batch is noted as done."""
        ids = b"".join(one.bytes for one in seen)
        await self.blobs.put(self._key(f"seen/{number:06}"), ids, content_type="application/octet-stream")
        if not failed:  # nothing may be left of a try that was broken off
            await self.blobs.delete(self._key(f"failed/{number:06}"))
        else:
            rows = [_failed(one, header) for one in failed]
            await self.blobs.put(self._key(f"failed/{number:06}"), _csv(rows), content_type=CSV_TYPE)

    async def seen(self, batches: int) -> set[UUID]:
        """Which cars the batches that are done have named."""
        ids: set[UUID] = set()
        for number in range(batches):
            kept = await self.blobs.get(self._key(f"seen/{number:06}")) or b""
            ids.update(UUID(bytes=kept[at : at + ID_BYTES]) for at in range(0, len(kept), ID_BYTES))
        return ids

    async def failed_rows(self) -> AsyncIterator[bytes]:
        """The rows that failed so far, as CSV with a header."""
        yield await self.blobs.get(self._key("header")) or b""
        async for key in self.blobs.keys(self._key("failed/")):
            async for piece in self.blobs.stream(key):
                yield piece

    async def forget(self) -> None:
        """Delete everything that was kept."""
        for key in [key async for key in self.blobs.keys(f"imports/{self.import_id}/")]:
            await self.blobs.delete(key)

    def _key(self, name: str) -> str:
        return f"imports/{self.import_id}/{name}"

    def _photo_key(self, name: str) -> str:
        return self._key(f"photos/{sha256(name.encode()).hexdigest()[:32]}")


def _own(header: Sequence[str], cells: Sequence[str]) -> list[str]:
    """The file's own columns of a row: what an earlier import said beside them is said anew."""
    padded = [*cells, *[""] * (len(header) - len(cells))]
    names = [*header, *[""] * (len(padded) - len(header))]
    return [cell for name, cell in zip(names, padded, strict=True) if name not in ERROR_COLUMNS]


def _failed(failed: FailedRow, header: Sequence[str]) -> list[str]:
    return [
        *_own(header, failed.row.cells),
        str(failed.row.line),
        " | ".join(error.column for error in failed.errors),
        " | ".join(error.value for error in failed.errors),
        " | ".join(error.reason for error in failed.errors),
    ]


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
