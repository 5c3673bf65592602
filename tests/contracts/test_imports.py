"""
Import jobs in memory and SQLite, and the tables they read.
"""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import Workbook

from carmarket.adapters.tabular import TabularReader
from carmarket.ports.imports import TableReader, TableRow
from carmarket.testing.contracts.imports import ImportRepositoryContract, TableReaderContract


class TestImportRepository(ImportRepositoryContract):
    pass


class TestTabularReader(TableReaderContract):
    @pytest.fixture
    def tables(self) -> TableReader:
        return TabularReader()

    async def test_a_workbook_is_read_like_a_file(self, tables: TableReader) -> None:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append([])
        sheet.append(["Make", "Km", "Price", "Sold"])
        sheet.append(["VW", 45000, 12.345, True])
        sheet.append([])
        sheet.append(["VW", 45000.5, "12.345", None])
        data = BytesIO()
        book.save(data)

        rows = await self.read(tables, data.getvalue(), "cars.xlsx")

        assert rows == [
            TableRow(2, ("Make", "Km", "Price", "Sold")),
            TableRow(3, ("VW", "45000", "12.3450", "yes")),
            TableRow(5, ("VW", "45000.5", "12.345", "")),
        ]
