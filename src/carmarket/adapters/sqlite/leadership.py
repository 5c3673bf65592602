"""
Who leads: the process that holds a lock of the operating system, which it loses when it dies.
"""

from __future__ import annotations

import fcntl
from io import TextIOWrapper
from pathlib import Path

from attrs import define, field

from carmarket.ports.events import Leadership


@define
class FileLeadership(Leadership):
    """A lock on a file beside the database; the file itself says nothing and stays."""

    _path: Path
    _held: TextIOWrapper | None = field(default=None, init=False)

    async def leads(self) -> bool:
        if self._held is None:
            file = self._path.open("a")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                return False
            self._held = file
        return True

    def close(self) -> None:
        """Give the lead back."""
        if self._held is not None:
            self._held.close()
            self._held = None
