"""
Comma separated values, whatever separates them (RFC 4180, and what spreadsheets write).
"""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterator
from io import TextIOWrapper
from typing import IO

from attrs import define

from carmarket.core.errors import InvalidError
from carmarket.ports.imports import TableRow

SEPARATORS = ",;\t|"
LONGEST_LINE = 10 * 1024 * 1024


def csv_rows(file: IO[bytes], encoding: str) -> Generator[TableRow, None, None]:
    """
    The rows with the line that each begins at.

    Raises: InvalidError for a line without an end or a quote that is never closed.
    """
    text = TextIOWrapper(file, encoding=encoding, newline="")
    try:
        first = text.readline(LONGEST_LINE)
        if first.lower().startswith("sep="):
            separator, skipped = first[4:5], 1
        else:
            separator, skipped = _separator(first), 0
            text.seek(0)
        yield from _numbered(_Lines(text, skipped), separator, skipped)
    finally:
        text.detach()


def _numbered(lines: _Lines, separator: str, skipped: int) -> Iterator[TableRow]:
    reader = csv.reader(lines, delimiter=separator)
    begins = skipped + 1
    while True:
        lines.quotes = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            raise InvalidError(
                f"The row at line {begins} cannot be read: {broken}.",
                field="file",
                value=f"line {begins}",
                expected="quotes in pairs, and cells of at most 100,000 letters",
            ) from broken
        ends = skipped + reader.line_num
        if lines.is_over and ends > begins and lines.quotes % 2:
            raise InvalidError(
                f"A quote that is opened in the row at line {begins} is never closed.",
                field="file",
                value=f"line {begins}",
                expected="quotes in pairs",
            )
        yield TableRow(begins, tuple(cells))
        begins = ends + 1


@define
class _Lines:
    """Lines of bounded length, and how many quotes have come since somebody began to count."""

    text: TextIOWrapper
    number: int
    quotes: int = 0
    is_over: bool = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.text.readline(LONGEST_LINE)
        if not line:
            self.is_over = True
            raise StopIteration
        self.number += 1
        self.quotes += line.count('"')
        if len(line) >= LONGEST_LINE:
            raise InvalidError(
                f"Line {self.number} is longer than {LONGEST_LINE} letters.",
                field="file",
                value=f"line {self.number}",
                expected="rows that end",
            )
        return line


def _separator(header: str) -> str:
    """What stands most often in the header outside of quotes."""
    plain = "".join(header.split('"')[::2])
    return max(SEPARATORS, key=plain.count)
