"""
What became of the rows of a batch: what is counted, what was seen, what failed and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from attrs import define, field

from carmarket.core.catalog.imports import Counts
from carmarket.core.catalog.rows import CellError
from carmarket.core.errors import CarmarketError
from carmarket.ports.imports import TableRow
from carmarket.services.importing.notes import FailedRow


@define
class Outcome:
    """What became of the rows of a batch."""

    counts: Counts = field(factory=Counts)
    failed: list[FailedRow] = field(factory=list)
    seen: set[UUID] = field(factory=set)
    vins: dict[str, int] = field(factory=dict)
    """The line that each VIN stands in."""
    unidentified: int = 0
    missing_photos: list[str] = field(factory=list)
    """Names of pictures that are not there, as often as rows name them."""

    def fail(self, row: TableRow, errors: Sequence[CellError]) -> None:
        self.failed.append(FailedRow(row, errors))
        self.counts += Counts(failed=1)

    def second_of_its_vin(self, row: TableRow, vin: str, *, is_known: bool) -> Sequence[CellError]:
        """What is wrong if an earlier row has the VIN, be it in this batch or one before."""
        first = self.vins.setdefault(vin, row.line)
        if first == row.line and not is_known:
            return ()
        where = "An earlier line" if is_known else f"Line {first}"
        return (CellError("VIN", vin, f"{where} has this VIN. Expected: each VIN once"),)


def cell_error(error: CarmarketError) -> CellError:
    value = "" if error.value is None else str(error.value)[:200]
    reason = f"{error.message} Expected: {error.expected}" if error.expected else error.message
    return CellError(column=error.field or "", value=value, reason=reason)
