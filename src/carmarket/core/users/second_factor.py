"""
The second factor: codes that change every half minute (RFC 6238), and recovery codes for who has lost the device.
"""

from __future__ import annotations

import hmac
from base64 import b32decode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from unicodedata import decimal
from urllib.parse import quote

from attrs import evolve, frozen

STEP_SECONDS = 30
DIGITS = 6
RECOVERY_CODES = 10


@frozen(kw_only=True)
class SecondFactor:
    """A shared secret, and what has been used of it. It counts once a first code has confirmed it."""

    secret: str
    """160 bits in base 32, as authenticator apps take it."""
    is_confirmed: bool = False
    last_step: int = 0
    """The half minute of the last code that was taken; no code is taken twice."""
    recovery: tuple[str, ...] = ()
    """Digests of recovery codes that are left."""

    def take(self, code: str, *, now: datetime) -> SecondFactor | None:
        """What is left once the code is used; `None` if it is wrong, or was used before."""
        plain = "".join(str(decimal(letter, letter)) for letter in code if letter.isalnum()).lower()
        step = int(now.timestamp()) // STEP_SECONDS
        for at in (step - 1, step, step + 1):  # clocks differ, and people are slow
            if at > self.last_step and hmac.compare_digest(code_at(self.secret, at).encode(), plain.encode()):
                return evolve(self, last_step=at, is_confirmed=True)
        digest = digest_of(plain)
        if self.is_confirmed and digest in self.recovery:
            return evolve(self, recovery=tuple(one for one in self.recovery if one != digest))
        return None


def code_at(secret: str, step: int) -> str:
    """The code of a half minute (RFC 4226, 5.3)."""
    digest = hmac.digest(b32decode(secret), step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def digests_of(codes: Sequence[str]) -> tuple[str, ...]:
    """What is kept of recovery codes. They are random, so a plain digest keeps them safe."""
    return tuple(digest_of(code.replace("-", "").lower()) for code in codes)


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def uri(secret: str, *, email: str, issuer: str = "carmarket") -> str:
    """What an authenticator app reads from a QR code."""
    return f"otpauth://totp/{quote(issuer)}:{quote(email)}?secret={secret}&issuer={quote(issuer)}"
