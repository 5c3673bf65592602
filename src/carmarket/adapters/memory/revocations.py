"""
Revocations that one process knows of.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from attrs import define, field

from carmarket.core.period import utc_instant
from carmarket.core.users.ids import UserId
from carmarket.ports.clock import Clock
from carmarket.ports.revocations import KEPT, Revocations


@define
class MemoryRevocations(Revocations):
    """Of each person the moment and until when it is kept, in the order in which they are forgotten."""

    _clock: Clock
    _known: OrderedDict[UserId, tuple[datetime, datetime]] = field(factory=OrderedDict, init=False)

    async def revoke(self, user_id: UserId, at: datetime) -> None:
        latest = max(utc_instant(at), await self.revoked_at(user_id) or utc_instant(at))
        self._known[user_id] = latest, self._clock.now() + KEPT
        self._known.move_to_end(user_id)

    async def revoked_at(self, user_id: UserId) -> datetime | None:
        self._forget()
        found = self._known.get(user_id)
        return found[0] if found else None

    def _forget(self) -> None:
        now = self._clock.now()
        while self._known and next(iter(self._known.values()))[1] <= now:
            self._known.popitem(last=False)

    def __len__(self) -> int:
        """How many people are remembered."""
        return len(self._known)
