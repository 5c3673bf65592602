"""
Rows of files: which kind a file is, and the bounds that hold for all kinds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Iterator
from contextlib import closing
from tempfile import TemporaryFile
from typing import IO

from carmarket.adapters.tabular.delimited import csv_rows
from carmarket.adapters.tabular.encoding import find_encoding
from carmarket.adapters.tabular.workbook import LARGEST_PACKED, xlsx_rows
from carmarket.core.errors import InvalidError
from carmarket.ports.imports import TableReader, TableRow

ZIP = b"PK\x03\x04"
FOREIGN = {
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls)",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x1f\x8b": "a gzip archive",
    b"SQLite format 3": "a database",
    b"{\\rtf": "a rich text document",
}
MOST_CELLS = 1_000
LONGEST_CELL = 100_000
ROWS_AT_ONCE = 200
"""Rows that are read before others get a turn."""


class TabularReader(TableReader):
    """Puts the file on disk first, so that it can be looked at as a whole in bounded memory."""

    async def rows(self, name: str, data: AsyncIterable[bytes]) -> AsyncGenerator[TableRow, None]:
        with TemporaryFile() as file:
            head = await _spool(data, file, name)
            if head.startswith(ZIP):
                found = await asyncio.to_thread(xlsx_rows, file)
            else:
                found = csv_rows(file, await asyncio.to_thread(find_encoding, file))
            count = 0
            with closing(found):
                for row in _bounded(found):
                    yield row
                    count += 1
                    if count % ROWS_AT_ONCE == 0:
                        await asyncio.sleep(0)
            if count == 0:
                raise InvalidError("The file is empty.", field="file", value=name, expected="a header and rows")


async def _spool(data: AsyncIterable[bytes], file: IO[bytes], name: str) -> bytes:
    """Put all of it into the file; the first bytes."""
    head = b""
    async for piece in data:
        file.write(piece)
        if len(head) < 16:
            head = (head + piece)[:16]
            _demand_known(head, name)
        if head.startswith(ZIP) and file.tell() > LARGEST_PACKED:
            raise InvalidError(
                "The workbook is too large.",
                field="file",
                value=name,
                expected=f"at most {LARGEST_PACKED} bytes; or CSV",
            )
    file.seek(0)
    return head


def _demand_known(head: bytes, name: str) -> None:
    for magic, kind in FOREIGN.items():
        if head.startswith(magic):
            raise InvalidError(f"The file is {kind}, no table.", field="file", value=name, expected="CSV or XLSX")


def _bounded(rows: Iterator[TableRow]) -> Iterator[TableRow]:
    """Rows that say something, none of them immense."""
    for row in rows:
        if len(row.cells) > MOST_CELLS:
            raise InvalidError(
                f"Line {row.line} has {len(row.cells)} cells.",
                field="file",
                value=f"line {row.line}",
                expected=f"at most {MOST_CELLS} cells a row",
            )
        if any(len(cell) > LONGEST_CELL for cell in row.cells):
            raise InvalidError(
                f"Line {row.line} has more than {LONGEST_CELL} letters in a cell.",
                field="file",
                value=f"line {row.line}",
                expected="shorter cells; is a quote left open?",
            )
        if any(cell.strip() for cell in row.cells):
            yield row
