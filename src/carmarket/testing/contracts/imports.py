"""
The law of `ImportRepository` and `TableReader`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from uuid import UUID

import pytest

from carmarket.core.actor import UserId
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.imports import ColumnMatch, Counts, Import, ImportId, ImportOptions, ImportStatus
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError, InvalidError
from carmarket.ports.imports import IMPORTS, ImportRepository, TableReader, TableRow
from carmarket.ports.offer import Offer
from carmarket.testing.builders import NOW

Open = Callable[[], AbstractAsyncContextManager[Offer]]


def an_import(number: int = 1) -> Change[Import]:
    return Import.begin(
        now=NOW,
        id=ImportId(UUID(int=number)),
        user_id=UserId(UUID(int=2)),
        seller=SellerId(UUID(int=3)),
        is_trusted=True,
        file_name="cars.csv",
        file_key="imports/1/file",
        options=ImportOptions(mapping="[make]\nconstant='Ford'", full=True),
        columns=(ColumnMatch(column="Km", field="odometer", unit="km"),),
        total_lines=12,
        fingerprint="abc",
    )


class ImportRepositoryContract:
    """Give a fixture `open_catalog` that opens a new, empty store each time it is called."""

    @pytest.fixture
    async def imports(self, open_catalog: Open) -> AsyncIterator[ImportRepository]:
        async with open_catalog() as offer:
            yield await offer.get(IMPORTS)

    async def test_what_was_saved_is_read_back_in_every_field(self, imports: ImportRepository) -> None:
        begun = an_import()
        await imports.save(begun)
        grown = begun.state.changed(now=NOW, status=ImportStatus.RUNNING, line=5, counts=Counts(added=4, failed=1))
        await imports.save(grown)

        assert await imports.get(begun.state.id) == grown.state
        assert await imports.get(ImportId(UUID(int=9))) is None

    async def test_of_many_writers_from_one_version_one_wins(self, imports: ImportRepository) -> None:
        begun = an_import()
        await imports.save(begun)
        rivals = [begun.state.changed(now=NOW, line=line) for line in range(8)]

        results = await asyncio.gather(*(imports.save(rival) for rival in rivals), return_exceptions=True)

        assert [type(result) for result in results].count(ConcurrencyConflictError) == 7
        with pytest.raises(ConcurrencyConflictError):
            await imports.save(begun)

    async def test_unfinished_ones_come_oldest_first(self, imports: ImportRepository) -> None:
        for number in (3, 1, 2, 4):
            await imports.save(an_import(number))
        await imports.save(an_import(2).state.changed(now=NOW, status=ImportStatus.DONE))

        assert [job.id.int for job in await imports.unfinished()] == [1, 3, 4]
        assert [job.id.int for job in await imports.unfinished(limit=2)] == [1, 3]


class TableReaderContract:
    """Give a fixture `tables`."""

    async def read(self, tables: TableReader, data: bytes, name: str = "cars.csv") -> list[TableRow]:
        async def pieces() -> AsyncIterator[bytes]:
            for at in range(0, len(data), 1_000):
                yield data[at : at + 1_000]

        return [row async for row in tables.rows(name, pieces())]

    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    async def test_whatever_separates_cells(self, tables: TableReader, separator: str) -> None:
        data = separator.join(["Make", "Model", '"a ""quoted"" name"']) + "\r\n" + separator.join(["VW", "Golf", "1"])

        rows = await self.read(tables, data.encode())

        assert rows == [TableRow(1, ("Make", "Model", 'a "quoted" name')), TableRow(2, ("VW", "Golf", "1"))]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    async def test_whatever_encoding_it_has(self, tables: TableReader, encoding: str) -> None:
        rows = await self.read(tables, "Marke,Preis €\nCitroën,12\n".encode(encoding))

        assert rows == [TableRow(1, ("Marke", "Preis €")), TableRow(2, ("Citroën", "12"))]

    async def test_empty_lines_are_left_out_but_counted(self, tables: TableReader) -> None:
        rows = await self.read(tables, b'a,b\n\n1,"two\nlines"\n,\n3,4\n')

        assert [(row.line, row.cells[0]) for row in rows] == [(1, "a"), (3, "1"), (6, "3")]

    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"", "empty"),
            (b"\n \n,,\n", "empty"),
            (b"a,b\n1,\x00\x01\x02\n", "Line 2"),
            (b"%PDF-1.7 ...", "PDF"),
            (b"\x89PNG\r\n\x1a\n", "PNG"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
            (b"PK\x03\x04 and no archive", "workbook"),
            ("a,b\n".encode("utf-16") + b"\x00", "Line"),
            (b"a,b\n1," + b"," * 10_000, "10002 cells"),
            (b'a,b\n1,"' + b"x" * 200_000, "line 2"),
        ],
    )
    async def test_what_is_no_table_is_refused_with_a_word_that_helps(
        self, tables: TableReader, data: bytes, word: str
    ) -> None:
        with pytest.raises(InvalidError) as refused:
            await self.read(tables, data)

        assert word in refused.value.message
        assert refused.value.field == "file"
