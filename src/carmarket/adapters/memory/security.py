"""
Tokens and secrets that live and die with the process.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import scrypt
from typing import Any

from attrs import define, field

from carmarket.core.actor import Actor
from carmarket.core.errors import UnauthenticatedError
from carmarket.core.period import utc_instant
from carmarket.ports.security import PasswordHasher, Secrets, TokenVerifier, Vouched


@define
class MemoryTokens(TokenVerifier):
    """A token is a random name of the actor that it was given for."""

    _given: dict[str, tuple[Vouched, datetime]] = field(factory=dict, repr=False)

    def verify(self, token: str, *, now: datetime) -> Vouched:
        vouched, ends = self._given.get(token, (None, now))
        if vouched is None or ends <= now:
            raise UnauthenticatedError("The token is not valid, or no longer.")
        return vouched

    def sign(self, actor: Actor, *, now: datetime, lifetime: timedelta) -> str:
        token = secrets.token_urlsafe(32)
        self._given[token] = Vouched(actor, utc_instant(now)), now + lifetime
        return token

    def jwks(self) -> dict[str, Any]:
        return {"keys": []}


@define
class MemorySecrets(Secrets):
    """Derived from random bytes of this process."""

    _root: bytes = field(factory=lambda: secrets.token_bytes(32), repr=False)

    def secret(self, purpose: str) -> bytes:
        return hmac.digest(self._root, purpose.encode(), "sha256")

    def random_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)


@define
class MemoryPasswords(PasswordHasher):
    """Cheap hashes for tests and demos: nothing here outlives the process."""

    async def hash(self, password: str) -> str:
        salt = secrets.token_hex(8)
        return f"{salt}.{_scrypt(password, salt)}"

    async def verify(self, password: str, hashed: str | None) -> bool:
        salt, _, expected = (hashed or "none.").partition(".")
        return hmac.compare_digest(_scrypt(password, salt), expected)

    def is_outdated(self, hashed: str) -> bool:
        del hashed
        return False

    def is_common(self, password: str) -> bool:
        return password.casefold() in COMMON


COMMON = frozenset({"password", "12345678", "123456789", "1234567890", "qwertyuiop", "password1", "iloveyou"})


def _scrypt(password: str, salt: str) -> str:
    return scrypt(password.encode(), salt=salt.encode(), n=2, r=8, p=1).hex()
