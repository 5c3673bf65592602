"""
A copy of what a market keeps, made while it runs.
"""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Protocol

from carmarket.ports.offer import Port


class Backup(Protocol):
    """A store that can be copied into a file."""

    @abstractmethod
    async def copy_to(self, file: Path) -> int:
        """
        Write a consistent copy of the store as it is at one moment; how many bytes it has.

        Readers and writers go on meanwhile. The file takes its name when it is complete; one that was there is
        replaced.
        """

    @abstractmethod
    async def restore_from(self, file: Path) -> None:
        """
        Become what a copy holds.

        Raises: ConflictError unless the store is empty; InvalidError for a file that is no copy.
        """


BACKUP = Port[Backup]("backup")
