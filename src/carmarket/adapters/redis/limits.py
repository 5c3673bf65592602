"""
Rate limits that many processes share.
"""

from __future__ import annotations

from attrs import field, frozen
from redis.commands.core import AsyncScript

from carmarket.adapters.redis.line import RedisLine
from carmarket.adapters.redis.local import LocalLimits
from carmarket.core.limits import Limit, Verdict, judged
from carmarket.ports.limits import RateLimiter

GCRA = """
-- What `carmarket.core.limits.judged` decides, in one step and on one clock. All numbers are whole and below 2^53.
local interval, whole, debt = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now + debt)
local owed = due - now
local passes = owed + interval <= whole
if passes then owed = owed + interval end
if passes or debt > 0 then
  redis.call('SET', KEYS[1], string.format('%.0f', now + owed), 'PX', string.format('%.0f', math.ceil(owed / 1000)))
end
return {due, now}
"""


@frozen
class RedisRateLimiter(RateLimiter):
    """
    Of each key the moment at which it owes nothing any more, by Redis' clock, kept until then.

    The script tells that moment as it was and the time; what it decided follows from them by the core's own
    arithmetic. Without an answer in 50 ms the local limiter's verdict counts.
    """

    _line: RedisLine
    _local: LocalLimits
    _script: AsyncScript = field(init=False)

    @_script.default
    def _register(self) -> AsyncScript:
        # Called by its hash, and loaded when Redis does not know that.
        return self._line.client.register_script(GCRA)

    async def hit(self, key: str, limit: Limit) -> Verdict:
        debt = self._local.debt(key, limit)
        local = self._local.hit(key, limit)
        told = await self._line.ask(lambda: self._owed(key, limit, debt.microseconds))
        if told is None:
            self._local.decided(key)
            return local
        self._local.settled(key, debt)
        due, now = told
        return judged(limit, due, now)[0]

    async def _owed(self, key: str, limit: Limit, debt: int) -> tuple[int, int]:
        """
        Count the hit if it may pass; what was owed before it, and the time, in Redis' microseconds.

        With a debt at least so much was owed.
        """
        due, now = await self._script(
            keys=[self._line.key("limit", key)], args=[limit.interval, limit.burst * limit.interval, debt]
        )
        return due, now
