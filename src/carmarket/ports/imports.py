"""
Where import jobs are kept, and what reads the files they are given.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from typing import Protocol

from attrs import frozen

from carmarket.core.catalog.imports import Import, ImportId
from carmarket.core.change import Change
from carmarket.ports.offer import Port


class ImportRepository(Protocol):
    """Import jobs; saved like every aggregate, under the version they were read at."""

    @abstractmethod
    async def get(self, import_id: ImportId) -> Import | None:
        """The job as last saved, or `None`."""

    @abstractmethod
    async def save(self, change: Change[Import]) -> None:
        """Raises: ConcurrencyConflictError if the stored version is not `change.base` (0: there is none)."""

    @abstractmethod
    async def unfinished(self, limit: int = 10) -> Sequence[Import]:
        """Jobs that are waiting or under way, the oldest (by id) first."""

    @abstractmethod
    async def find(self, *, after: ImportId | None = None, limit: int = 100) -> Sequence[Import]:
        """Up to `limit` (1 to 1,000) of all jobs behind `after`, sorted by id."""


@frozen
class TableRow:
    """A row of a file: its line number as a person counts it, from 1 with the header, and its cells."""

    line: int
    cells: tuple[str, ...]


class TableReader(Protocol):
    """
    Rows of CSV and XLSX files, the header first, in bounded memory.

    - CSV: UTF-8 (with or without mark), UTF-16 with mark, else Windows-1252; comma, semicolon, tab or bar.
    - XLSX: the first sheet; at most 20 MB packed and 200 MB unpacked.
    - Empty lines are left out but counted. A row has at most 1,000 cells, a cell at most 100,000 letters.
    """

    @abstractmethod
    def rows(self, name: str, data: AsyncIterable[bytes]) -> AsyncGenerator[TableRow, None]:
        """
        All rows of the file. Who stops early closes it.

        Raises: InvalidError for a file that is empty, no table, too large, or that breaks off; it names the line.
        """


IMPORTS = Port[ImportRepository]("imports")
TABLES = Port[TableReader]("tables")
