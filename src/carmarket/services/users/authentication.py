"""
Who comes with a token.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.errors import UnauthenticatedError
from carmarket.core.period import utc_instant
from carmarket.ports.clock import Clock
from carmarket.ports.revocations import Revocations
from carmarket.ports.security import TokenVerifier


@frozen(kw_only=True)
class Authenticator:
    """By what the token says, unless its person was logged out everywhere since."""

    tokens: TokenVerifier
    revocations: Revocations
    clock: Clock

    async def actor_of(self, token: str) -> Actor:
        """
        The actor that the token vouches for.

        Raises: UnauthenticatedError for one that is not valid, no longer, or was issued before all sessions ended.
        """
        vouched = self.tokens.verify(token, now=self.clock.now())
        revoked_at = await self.revocations.revoked_at(vouched.actor.user_id)
        if revoked_at is not None and utc_instant(vouched.issued_at) < revoked_at:
            raise UnauthenticatedError("All sessions of this person were ended; the token counts no more.")
        return vouched.actor
