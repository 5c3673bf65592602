"""
The first sheet of a workbook.
"""

from __future__ import annotations

import zipfile
from collections.abc import Generator
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from carmarket.core.errors import InvalidError
from carmarket.ports.imports import TableRow

LARGEST_PACKED = 20 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
PIECE = 1024 * 1024


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


def _demand_bounded(file: IO[bytes]) -> None:
    """Unpack it once, piece by piece: what its directory claims is not believed."""
    unpacked = 0
    try:
        with zipfile.ZipFile(file) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise InvalidError("The archive is no workbook.", field="file", value="ZIP", expected="CSV or XLSX")
            for info in archive.infolist():
                with archive.open(info) as part:
                    while piece := part.read(PIECE):
                        unpacked += len(piece)
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
