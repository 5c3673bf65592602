"""
Signatures, by which a receiver knows that a letter comes from this market, and when.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime

PREFIX = "whsec_"


def secret_text(secret: bytes) -> str:
    """The secret as a person copies it; these letters are the key."""
    return PREFIX + urlsafe_b64encode(secret).rstrip(b"=").decode()


def signature(secret: str, body: bytes, *, at: datetime) -> str:
    """
    `t=<seconds since 1970>,v1=<HMAC-SHA256 of "t.body" in hex>`.

    The time is signed too, so that a receiver can refuse a letter that somebody kept and sends again.
    """
    seconds = int(at.timestamp())
    code = hmac.new(secret.encode(), f"{seconds}.".encode() + body, "sha256").hexdigest()
    return f"t={seconds},v1={code}"
