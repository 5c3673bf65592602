"""
Import jobs in a dictionary.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from carmarket.core.catalog.imports import Import, ImportId
from carmarket.core.change import Change
from carmarket.core.versions import demand_base
from carmarket.ports.imports import ImportRepository


@define
class MemoryImportRepository(ImportRepository):
    _imports: dict[ImportId, Import] = field(factory=dict)

    async def get(self, import_id: ImportId) -> Import | None:
        return self._imports.get(import_id)

    async def save(self, change: Change[Import]) -> None:
        demand_base(self._imports.get(change.state.id), change, what="import")
        self._imports[change.state.id] = change.state

    async def unfinished(self, limit: int = 10) -> Sequence[Import]:
        waiting = (job for job in self._imports.values() if not job.is_finished)
        return tuple(sorted(waiting, key=lambda job: job.id)[:limit])

    async def find(self, *, after: ImportId | None = None, limit: int = 100) -> Sequence[Import]:
        behind = (job for job in self._imports.values() if after is None or job.id > after)
        return tuple(sorted(behind, key=lambda job: job.id)[:limit])
