"""
Links that prove that a letter was received: what they are for, for whom, until when, and a seal over it all.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

from attrs import frozen

from carmarket.core.errors import InvalidError


@frozen
class ResetRequest:
    """Somebody says that they have forgotten the password of an account under this address, if there is one."""

    email: str
    at: datetime


def sealed(secret: bytes, *, subject: UUID, ends: datetime, stamp: str) -> str:
    """
    A token for a link. The `stamp` says for which state of things it counts, such as the password that it replaces.

    Each purpose has a secret of its own, so that no token serves for another.
    """
    moment = int(ends.timestamp())
    return f"{subject.hex}.{moment}.{_seal(secret, subject, moment, stamp)}"


def subject_of(token: str) -> UUID:
    """
    Whom the token says that it is about, before its seal is looked at.

    Raises: InvalidError for what is no token.
    """
    try:
        return UUID(hex=token.partition(".")[0])
    except ValueError:
        raise broken() from None


def demand_seal(token: str, secret: bytes, *, now: datetime, stamp: str) -> None:
    """Raises: InvalidError for a token that is forged, out of date, or that has done its work."""
    subject = subject_of(token)
    _, _, rest = token.partition(".")
    moment, _, seal = rest.partition(".")
    if not moment.isascii() or not moment.isdecimal() or len(moment) > 12:
        raise broken()
    if not hmac.compare_digest(_seal(secret, subject, int(moment), stamp).encode(), seal.encode("utf-8", "replace")):
        raise broken()
    if now >= datetime.fromtimestamp(int(moment), UTC):
        raise broken()


def broken() -> InvalidError:
    return InvalidError(
        "The link is not valid, or no longer.", field="token", expected="the newest link from a letter, unaltered"
    )


def _seal(secret: bytes, subject: UUID, moment: int, stamp: str) -> str:
    digest = hmac.digest(secret, f"{subject.hex}.{moment}.{stamp}".encode(), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")
