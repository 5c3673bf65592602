"""
Workbooks that are too large, broken or no workbooks at all, and cells as a person would have typed them.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from carmarket.adapters.tabular import TabularReader
from carmarket.adapters.tabular.workbook import LARGEST_PACKED, LARGEST_UNPACKED
from carmarket.core.errors import InvalidError
from carmarket.ports.imports import TableRow

NOON = datetime(2019, 3, 1, 12)  # noqa: DTZ001  # sheets know no time zones


async def read(data: bytes, name: str = "cars.xlsx") -> list[TableRow]:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(data), 1024 * 1024):
            yield data[at : at + 1024 * 1024]

    return [row async for row in TabularReader().rows(name, pieces())]


def packed(parts: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return kept.getvalue()


def a_workbook(*rows: list[Any]) -> bytes:
    book, kept = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(kept)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: packed({"a.txt": b"hello"}), "no workbook"),
        (lambda: packed({"xl/workbook.xml": b"<workbook/>"}), "cannot be read"),
        (lambda: a_workbook(["Make"])[:-200], "cannot be read"),
        (lambda: packed({"xl/workbook.xml": bytes(LARGEST_UNPACKED + 1)}), "too large"),
        (lambda: packed({"xl/workbook.xml": bytes(LARGEST_PACKED)}, compression=zipfile.ZIP_STORED), "too large"),
    ],
    ids=["zip", "empty", "broken off", "bomb", "heavy"],
)
async def test_what_is_no_workbook_is_refused_with_a_word_that_helps(make, told):
    with pytest.raises(InvalidError) as refused:
        await read(make())

    assert told in refused.value.message
    assert refused.value.field == "file"
    assert refused.value.expected


async def test_what_an_archive_claims_of_its_size_is_not_believed():
    data = bytearray(packed({"xl/workbook.xml": bytes(LARGEST_UNPACKED + 1)}))
    central = data.rindex(b"PK\x01\x02")
    data[central + 24 : central + 28] = (100).to_bytes(4, "little")

    with pytest.raises(InvalidError):
        await read(bytes(data))


async def test_cells_are_read_as_a_person_would_have_typed_them():
    data = a_workbook(
        ["Make", "Price", "Km", "Since", "At", "Sold", "Lasts", "Nothing"],
        ["VW", 12_345.0, 0.125, date(2019, 3, 1), NOON, True, timedelta(hours=1), None],
        ["VW", 12.5, 1e15, None, time(12, 30), False, None, "x"],
    )

    rows = await read(data)

    assert rows[1].cells[:3] == ("VW", "12345", "0.1250")
    assert rows[1].cells[3].startswith("2019-03-01")
    assert rows[1].cells[5] == "yes"
    assert rows[2].cells[:3] == ("VW", "12.5", "1000000000000000")
    assert rows[2].cells[5:] == ("no", "", "x")


async def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)

    with pytest.raises(InvalidError) as refused:
        await read(a_workbook(["Make"]))

    assert "install carmarket[xlsx]" in refused.value.message


async def test_a_line_without_end_is_refused():
    with pytest.raises(InvalidError) as refused:
        await read(b"make,model\n" + b"x" * (11 * 1024 * 1024), "cars.csv")

    assert "Line 2 is longer" in refused.value.message


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
async def test_a_file_that_names_its_separator_is_believed(separator):
    rows = await read(f"sep={separator}\nMake{separator}Model\nVW{separator}Golf\n".encode(), "cars.csv")

    assert rows == [TableRow(2, ("Make", "Model")), TableRow(3, ("VW", "Golf"))]


@pytest.mark.parametrize("cell", ["XFD1048576", "AMK1", "CV1048576"])
async def test_a_lone_cell_far_out_is_refused_before_room_is_made_for_all_before_it(cell):
    book, kept = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet[cell] = "Make", "x"
    book.save(kept)

    with pytest.raises(InvalidError) as refused:
        await read(kept.getvalue())

    assert "too large" in refused.value.message


async def test_a_quote_that_is_never_closed_swallows_no_rows():
    with pytest.raises(InvalidError) as refused:
        await read(b'Make,Model\nVW,"Golf\nVW,Polo\nVW,Up\n', "cars.csv")

    assert "row at line 2 is never closed" in refused.value.message
