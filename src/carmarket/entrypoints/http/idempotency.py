"""
Idempotency-Keys: a request and its repeats, told from other requests.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from litestar import Request

from carmarket.core.errors import InvalidError

LONGEST_KEY = 200


def key_of(request: Request[Any, Any, Any]) -> str | None:
    """
    The request's key, if it has one.

    Raises: InvalidError for a key that is empty, too long or not plain.
    """
    key: str | None = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key):
        raise InvalidError(
            "An Idempotency-Key is a short plain text.",
            field="Idempotency-Key",
            value=key[:80],
            expected=f"1 to {LONGEST_KEY} visible letters",
        )
    return key


def fingerprint_of(request: Request[Any, Any, Any], body: bytes, *, said: object = None) -> str:
    """A digest of all that the request asks for; `said` is what came beside the body's bytes."""
    digest = sha256(f"{request.method} {request.url.path}?{request.url.query}\n{said!r}\n".encode())
    digest.update(body)
    return digest.hexdigest()
