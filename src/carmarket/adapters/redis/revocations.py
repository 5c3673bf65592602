"""
Revocations that all processes know of.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import field, frozen
from redis.commands.core import AsyncScript

from carmarket.adapters.redis.line import RedisLine
from carmarket.core.period import instant_of, milliseconds, utc_instant
from carmarket.core.users.ids import UserId
from carmarket.ports.revocations import KEPT, Revocations

KEEP_LATEST = """
-- Whichever comes last, the later moment stands.
local known = redis.call('GET', KEYS[1])
local latest = ARGV[1]
if known and tonumber(known) > tonumber(latest) then latest = known end
redis.call('SET', KEYS[1], latest, 'PX', ARGV[2])
return 1
"""


@frozen
class RedisRevocations(Revocations):
    """Of each person the moment in milliseconds, for a quarter of an hour."""

    _line: RedisLine
    _script: AsyncScript = field(init=False)

    @_script.default
    def _register(self) -> AsyncScript:
        return self._line.client.register_script(KEEP_LATEST)

    async def revoke(self, user_id: UserId, at: datetime) -> None:
        moment, kept = milliseconds(utc_instant(at)), KEPT // timedelta(milliseconds=1)
        name = self._line.key("revoked", user_id)
        # Asked even of a Redis that was away a moment ago: this is not for speed.
        await self._line.ask(lambda: self._script(keys=[name], args=[moment, kept]), insist=True)

    async def revoked_at(self, user_id: UserId) -> datetime | None:
        found = await self._line.ask(lambda: self._line.client.get(self._line.key("revoked", user_id)))
        return None if found is None else instant_of(int(found))
