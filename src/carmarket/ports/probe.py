"""
Looking whether a store answers, and what it is.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from carmarket.ports.offer import Port


class Probe(Protocol):
    """What an operator wants to know of a store before anything else."""

    @abstractmethod
    async def version(self) -> str:
        """
        What answers, by name and version, as it tells it itself.

        Raises: UnavailableError where nothing answers in some seconds.
        """


PROBE = Port[Probe]("probe")
