"""
Time and ids: the two things of the world that decisions need.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol
from uuid import UUID

from carmarket.ports.offer import Port


class Clock(Protocol):
    """The present moment."""

    @abstractmethod
    def now(self) -> datetime:
        """In UTC, cut to milliseconds; it never runs backwards within a process."""


class Ids(Protocol):
    """New ids."""

    @abstractmethod
    def new(self) -> UUID:
        """Never given before; later ones sort behind earlier ones of the same process (RFC 9562, version 7)."""


CLOCK = Port[Clock]("clock")
IDS = Port[Ids]("ids")
