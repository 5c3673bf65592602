"""
An import: the durable record of a dealer's file being taken in, row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

from attrs import evolve, frozen

from carmarket.core.actor import UserId
from carmarket.core.catalog.car import SellerId
from carmarket.core.change import Change
from carmarket.core.errors import ConflictError

ImportId = NewType("ImportId", UUID)


class ImportStatus(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    WITHDRAWING = "withdrawing"
    """All rows are in; cars that a full file no longer names are being taken back."""
    DONE = "done"
    FAILED = "failed"


FINISHED = frozenset({ImportStatus.DONE, ImportStatus.FAILED})


@frozen(kw_only=True)
class ImportOptions:
    """How the file is to be taken."""

    mapping: str | None = None
    """The text of a mapping file, for columns that do not explain themselves."""
    dry_run: bool = False
    """Look at everything, change nothing."""
    full: bool = False
    """The file names all of the seller's cars: those it leaves out are withdrawn."""
    allow_removals: bool = False
    """Withdraw even if that is more than 30 % of the seller's cars."""


@frozen(kw_only=True)
class Counts:
    """What became of the rows."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    failed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            added=self.added + other.added,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
            withdrawn=self.withdrawn + other.withdrawn,
            failed=self.failed + other.failed,
        )


@frozen(kw_only=True)
class MissingPhotos:
    """Pictures that rows name and that did not come with the file."""

    count: int = 0
    """As often as rows name one."""
    names: tuple[str, ...] = ()
    """The first ten different ones."""

    def and_also(self, names: Sequence[str]) -> MissingPhotos:
        """Those and these."""
        known = tuple(dict.fromkeys([*self.names, *(name[:200] for name in names)]))
        return MissingPhotos(count=self.count + len(names), names=known[:10])


@frozen(kw_only=True)
class ColumnMatch:
    """What a column of the file was taken for; `None`: it was left out."""

    column: str
    field: str | None
    unit: str | None = None


@frozen(kw_only=True)
class Import:
    """An aggregate that is saved after every batch of rows, so that a dead process loses no more than one."""

    id: ImportId
    version: int
    status: ImportStatus = ImportStatus.WAITING
    user_id: UserId
    seller: SellerId
    is_trusted: bool
    """Whether the seller's cars go live at once."""
    file_name: str
    file_key: str
    """Where the file's bytes are in the blob store."""
    options: ImportOptions = ImportOptions()
    columns: tuple[ColumnMatch, ...] = ()
    line: int = 0
    """The last line of the file that is done."""
    batch: int = 0
    """How many batches are done."""
    counts: Counts = Counts()
    total_lines: int | None = None
    """Counted when the file was put in; for progress."""
    failure: str | None = None
    """Why the whole import ended without finishing."""
    fingerprint: str | None = None
    """Of the request that started it."""
    is_attended: bool = False
    """A process of its own runs it; the market's jobs take it over only when it has stalled."""
    unidentified: int = 0
    """Failed rows that do not tell which car they are about."""
    missing_photos: MissingPhotos = MissingPhotos()
    created_at: datetime
    updated_at: datetime

    @classmethod
    def begin(cls, *, now: datetime, **fields: Any) -> Change[Import]:
        """A file is there to be taken in."""
        return Change(base=0, state=cls(version=1, created_at=now, updated_at=now, **fields), events=())

    @property
    def mark(self) -> str:
        """What listings that this import added carry as their fingerprint."""
        return f"import:{self.id}"

    @property
    def is_finished(self) -> bool:
        return self.status in FINISHED

    def changed(self, *, now: datetime, **fields: Any) -> Change[Import]:
        """
        The next version, with the given fields.

        Raises: ConflictError once it is finished.
        """
        if self.is_finished:
            raise ConflictError(
                f"The import is {self.status}.",
                field="status",
                value=self.status.value,
                expected="unfinished",
            )
        state = evolve(self, version=self.version + 1, updated_at=now, **fields)
        return Change(base=self.version, state=state, events=())
