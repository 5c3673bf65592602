"""
In which encoding a text file is written.
"""

from __future__ import annotations

import codecs
from typing import IO

from carmarket.core.errors import InvalidError

PIECE = 1024 * 1024
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CONTROL = frozenset(range(32)) - {9, 10, 12, 13, 26}
"""Bytes that no text has."""


def find_encoding(file: IO[bytes]) -> str:
    """
    What the mark says, else UTF-8 if all of it is, else Windows-1252. The file is at its start again.

    Raises: InvalidError for what is no text, naming the line.
    """
    head = file.read(4)
    file.seek(0)
    marked = next((name for mark, name in MARKS.items() if head.startswith(mark)), None)
    wrong = _first_error(file, marked or "utf-8")
    if wrong is None:
        return marked or "utf-8"
    if marked is None:
        other = _first_error(file, "cp1252")
        if other is None:
            return "cp1252"
        wrong = other
    raise InvalidError(
        f"Line {wrong} is no text in any encoding that is known here.",
        field="file",
        value=f"line {wrong}",
        expected="UTF-8, UTF-16 with a mark, or Windows-1252",
    )


def _first_error(file: IO[bytes], encoding: str) -> int | None:
    """The first line that cannot be read so."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    file.seek(0)
    try:
        while piece := file.read(PIECE):
            if encoding != "utf-16" and not CONTROL.isdisjoint(piece):
                at = next(n for n, byte in enumerate(piece) if byte in CONTROL)
                return line + piece.count(b"\n", 0, at)
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as wrong:
                return line + wrong.object.count(b"\n", 0, wrong.start)
            line += piece.count(b"\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return line
    finally:
        file.seek(0)
    return None
