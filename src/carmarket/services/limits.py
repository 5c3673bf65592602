"""
Limits on how often people come, of each class of requests.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from carmarket.core.errors import LimitedError
from carmarket.core.limits import Limit, Verdict
from carmarket.ports.limits import RateLimiter

SECOND = 1_000_000
"""In microseconds."""


class TooOftenError(LimitedError):
    """Too many requests in too short a time; `rate` is their class, `verdict` what can be told of those to come."""

    code = "too-often"

    def __init__(self, rate: str, verdict: Verdict) -> None:
        super().__init__("You come too often; come again later.", retry_after=verdict.retry_after / SECOND)
        self.rate = rate
        self.verdict = verdict


@frozen(kw_only=True)
class LimitService:
    """Each address has the limits of the table, and so has each user; a class that the table leaves out has none."""

    limiter: RateLimiter
    table: Mapping[str, Limit] = field(factory=dict)

    async def admit(self, rate: str, who: str) -> Verdict | None:
        """
        Count a request of this class by an address or a user; `None` where there is no limit.

        Raises: TooOftenError.
        """
        limit = self.table.get(rate)
        if limit is None:
            return None
        verdict = await self.limiter.hit(f"{rate} {who}", limit)
        if not verdict.is_allowed:
            raise TooOftenError(rate, verdict)
        return verdict
