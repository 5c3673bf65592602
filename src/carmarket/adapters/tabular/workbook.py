"""
The first sheet of a workbook.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Generator
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from attrs import define

from carmarket.core.errors import InvalidError
from carmarket.ports.imports import TableRow

LARGEST_PACKED = 20 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
PIECE = 1024 * 1024
MOST_COLUMNS = 1_000
MOST_CELLS = 10_000_000
"""Empty ones count: a cell takes some 30 bytes."""
CELL = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')


def xlsx_rows(file: IO[bytes]) -> Generator[TableRow, None, None]:
    """
    The rows of the first sheet.

    Raises: InvalidError for what is no workbook, or too large once it is unpacked.
    """
    _demand_bounded(file)
    try:
        import python_calamine  # noqa: PLC0415  brought by an extra
    except ImportError:
        raise InvalidError(
            "Workbooks need another package: install carmarket[xlsx].", field="file", value="XLSX", expected="CSV"
        ) from None
    file.seek(0)
    try:
        sheet = python_calamine.load_workbook(file).get_sheet_by_index(0)
    except (python_calamine.CalamineError, IndexError, OSError) as broken:
        raise InvalidError(
            f"The workbook cannot be read: {broken}", field="file", value="XLSX", expected="an XLSX file"
        ) from broken
    # calamine gives the rows above the first cell that is used as empty ones, so that lines count from the top.
    return (TableRow(line, tuple(map(_text, row))) for line, row in enumerate(sheet.iter_rows(), start=1))


@define
class Area:
    """
    The cells of a sheet that are named. A reader makes room for all from the first to the last of them, be they empty.
    """

    last_row: int = 0
    last_column: int = 0
    _rest: bytes = b""

    def see(self, piece: bytes) -> None:
        """Raises: InvalidError once a cell lies too far out."""
        text = self._rest + piece
        for letters, digits in CELL.findall(text):
            column = 0
            for letter in letters:
                column = column * 26 + letter - 64
            self.last_row, self.last_column = max(self.last_row, int(digits)), max(self.last_column, column)
        self._rest = text[-64:]
        if self.last_column > MOST_COLUMNS or self.last_row * self.last_column > MOST_CELLS:
            raise InvalidError(
                "The sheet is too large.",
                field="file",
                value=f"{self.last_row} rows, {self.last_column} columns",
                expected=f"at most {MOST_COLUMNS} columns and {MOST_CELLS} cells; or CSV",
            )


def _demand_bounded(file: IO[bytes]) -> None:
    """Unpack it once, piece by piece: what its directory claims is not believed."""
    unpacked = 0
    try:
        with zipfile.ZipFile(file) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise InvalidError("The archive is no workbook.", field="file", value="ZIP", expected="CSV or XLSX")
            for info in archive.infolist():
                area = Area()
                with archive.open(info) as part:
                    while piece := part.read(PIECE):
                        unpacked += len(piece)
                        if info.filename.startswith("xl/worksheets/"):
                            area.see(piece)
                        if unpacked > LARGEST_UNPACKED:
                            raise InvalidError(
                                "The workbook is too large.",
                                field="file",
                                value="XLSX",
                                expected=f"at most {LARGEST_UNPACKED} bytes unpacked; or CSV",
                            )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as broken:
        raise InvalidError(
            f"The workbook cannot be read: {broken}", field="file", value="XLSX", expected="an XLSX file"
        ) from broken


def _text(value: Any) -> str:
    """A cell as a person would have typed it, with a decimal point."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value))
        text = repr(value)
        # Three decimals would look like thousands.
        return f"{text}0" if len(text) - text.rfind(".") == 4 else text
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return "" if isinstance(value, timedelta) else str(value)
