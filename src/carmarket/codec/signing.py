"""
Signed text: what a client is given to hand back, and can neither make nor alter.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from attrs import field, frozen

MAC = 16
"""Bytes of the signature: 128 bits of an HMAC with SHA-256 (RFC 2104, section 5)."""


@frozen
class Signer:
    """Signs bytes of one purpose; a secret of its own for each keeps what was signed for one from another."""

    _secret: bytes = field(repr=False)

    def sign(self, body: bytes) -> str:
        """The bytes behind their signature, as text that fits into a URL."""
        return urlsafe_b64encode(self._mac(body) + body).rstrip(b"=").decode()

    def read(self, text: str) -> bytes | None:
        """The bytes that were signed; `None` for a text that was not made here."""
        try:
            raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except ValueError:
            return None
        mac, body = raw[:MAC], raw[MAC:]
        return body if hmac.compare_digest(mac, self._mac(body)) else None

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._secret, body, "sha256")[:MAC]
