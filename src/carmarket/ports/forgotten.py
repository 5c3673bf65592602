"""
Who says that they have forgotten their password.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from carmarket.core.users.links import ResetRequest
from carmarket.ports.offer import Port


class ResetRequests(Protocol):
    """
    Requests for a link to another password, each kept until it is settled.

    They are kept alike whether the address has an account or not, so that nobody learns that from an answer, its
    time, or from a mail server that is away.

    - A mailbox has one request that waits; those that come meanwhile add nothing.
    - A store that does not answer raises UnavailableError.
    """

    @abstractmethod
    async def ask(self, email: str, at: datetime) -> None:
        """Note a request, unless one waits for the mailbox already. The moment is kept to the millisecond."""

    @abstractmethod
    async def waiting(self, limit: int, *, after: ResetRequest | None = None) -> Sequence[ResetRequest]:
        """Up to `limit` (1 to 1,000) requests behind `after`, the oldest first, equals by mailbox."""

    @abstractmethod
    async def settle(self, request: ResetRequest) -> None:
        """Forget it; nothing to do if it is gone."""


RESET_REQUESTS = Port[ResetRequests]("reset-requests")
