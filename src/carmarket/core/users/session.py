"""
A session: one log-in on one device, kept alive by refresh tokens of which each replaces the one before.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any, NewType
from uuid import UUID

from attrs import evolve, field, frozen

from carmarket.core.change import Change
from carmarket.core.errors import UnauthenticatedError
from carmarket.core.text import short
from carmarket.core.users.ids import UserId

SessionId = NewType("SessionId", UUID)
LASTING = timedelta(days=30)
"""A session ends when it was not refreshed for so long."""
LONGEST = timedelta(days=180)
"""It ends then in any case, and the person logs in anew."""
GRACE = timedelta(seconds=10)
"""So long the token before the newest still stands for it: answers get lost, and tabs refresh at once."""
ID_BYTES, NUMBER_BYTES, MAC_BYTES = 16, 4, 32


@frozen(kw_only=True)
class Session:
    """
    The family of refresh tokens of one log-in.

    Its n-th token is derived from the session's seed and a secret that is not in the store: who reads the store
    can make none, and the direct predecessor of the newest leads to the same successor without its being kept.
    """

    id: SessionId
    version: int
    user_id: UserId
    seed: str = field(repr=False)
    """256 random bits."""
    number: int = 1
    """Of the newest token."""
    device: str = ""
    """What the person sees in the list of sessions."""
    rotated_at: datetime
    created_at: datetime
    ended_at: datetime | None = None

    @classmethod
    def begin(
        cls, *, session_id: SessionId, user_id: UserId, seed: str, now: datetime, device: str = ""
    ) -> Change[Session]:
        """Somebody has logged in."""
        plain = " ".join(device.split())[:200]
        short("device", plain, 200)
        state = cls(
            id=session_id, version=1, user_id=user_id, seed=seed, device=plain, rotated_at=now, created_at=now
        )  # fmt: skip
        return Change(base=0, state=state, events=())

    def is_live(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.rotated_at + LASTING and now < self.created_at + LONGEST

    def token(self, secret: bytes) -> str:
        """The newest refresh token: opaque, 256 bits of it secret."""
        return _encode(self._plain(self.number) + self._mac(self.number, secret))

    def refresh(self, token: str, *, secret: bytes, now: datetime) -> Change[Session]:
        """
        What a token leads to: the next one is the newest from then on.

        Within the grace the direct predecessor changes nothing and so leads to the same successor; any older token
        was stolen, or its successor was, and ends the session.

        Raises: UnauthenticatedError for a token that is none of this session's, or of one that has ended.
        """
        number = self._number_of(token, secret)
        if number is None or not self.is_live(now):
            raise refused()
        if number == self.number:
            return self._changed(number=number + 1, rotated_at=now)
        if number == self.number - 1 and now - self.rotated_at <= GRACE:
            return Change(base=self.version, state=self, events=())
        return self.end(now=now)

    def end(self, *, now: datetime) -> Change[Session]:
        """Log out. Nothing changes if that was done."""
        if self.ended_at is not None:
            return Change(base=self.version, state=self, events=())
        return self._changed(ended_at=now)

    def is_of(self, token: str, secret: bytes) -> bool:
        """Whether the token is, or was, one of this session's."""
        return self._number_of(token, secret) is not None

    def _number_of(self, token: str, secret: bytes) -> int | None:
        """Which token this is; `None` for one that was never given out."""
        raw = _decode(token)
        if raw is None or raw[:ID_BYTES] != self.id.bytes:
            return None
        number = int.from_bytes(raw[ID_BYTES : ID_BYTES + NUMBER_BYTES], "big")
        is_ours = hmac.compare_digest(self._mac(number, secret), raw[-MAC_BYTES:])
        return number if is_ours and 1 <= number <= self.number else None

    def _plain(self, number: int) -> bytes:
        return self.id.bytes + number.to_bytes(NUMBER_BYTES, "big")

    def _mac(self, number: int, secret: bytes) -> bytes:
        return hmac.digest(secret, self._plain(number) + self.seed.encode(), "sha256")

    def _changed(self, **changes: Any) -> Change[Session]:
        """Nobody else needs to hear of it, so there is no event."""
        state = evolve(self, version=self.version + 1, **changes)
        return Change(base=self.version, state=state, events=())


def session_of(token: str) -> SessionId:
    """
    Which session a refresh token says it is of.

    Raises: UnauthenticatedError for what is no refresh token.
    """
    raw = _decode(token)
    if raw is None:
        raise refused()
    return SessionId(UUID(bytes=raw[:ID_BYTES]))


def refused() -> UnauthenticatedError:
    return UnauthenticatedError("The session has ended: log in again.")


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(token: str) -> bytes | None:
    length = ID_BYTES + NUMBER_BYTES + MAC_BYTES
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4)) if len(token) <= 2 * length else b""
    except ValueError:
        return None
    return raw if len(raw) == length and _encode(raw) == token else None
