"""
Making a store ready for use.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from carmarket.ports.offer import Port


class Preparation(Protocol):
    """What has to be there before a store can be used: tables, indexes, topics, buckets."""

    @abstractmethod
    async def prepare(self) -> str:
        """
        Make it, or bring it up to date; what that took, in a few words.

        Safe to repeat, and for several to do at once. What it cannot finish leaves what there was.

        Raises: InvalidError for what a newer carmarket made; UnavailableError.
        """


PREPARATION = Port[Preparation]("preparation")
