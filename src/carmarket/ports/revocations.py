"""
Access tokens that count no more before their time.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol

from carmarket.core.users.ids import UserId
from carmarket.ports.offer import Port

KEPT = timedelta(minutes=15)
"""As long as an access token lives at most; later there is nothing left to revoke."""


class Revocations(Protocol):
    """
    Since when what was issued to a person counts no more: log out everywhere, at once instead of at the next refresh.

    - It is best effort. What does not answer within 50 ms knows of nothing, so that nobody is logged out for it; the
      refresh, which asks the store of sessions, is what binds.
    - It never fails for a store that is away.
    - It is kept for 15 minutes after it was last told, and then forgotten.
    """

    @abstractmethod
    async def revoke(self, user_id: UserId, at: datetime) -> None:
        """
        What was issued to this person before that moment, to the millisecond, counts no more.

        Of several moments the latest stands, in whichever order they come.
        """

    @abstractmethod
    async def revoked_at(self, user_id: UserId) -> datetime | None:
        """That moment in UTC, or `None` where nothing is known."""


REVOCATIONS = Port[Revocations]("revocations")
