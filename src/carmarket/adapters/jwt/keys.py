"""
The key file: made at first use, readable by its owner alone, shared by every process of a market.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from base64 import b64decode, b64encode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from attrs import field, frozen
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from carmarket.adapters.jwt.tokens import JwtTokens
from carmarket.core.errors import InvalidError
from carmarket.ports.security import Secrets

OWNER_ONLY = 0o600
SECRET_BYTES = 32


@frozen
class KeyFileSecrets(Secrets):
    """One secret a purpose, derived by HMAC from the file's secret."""

    _root: bytes = field(repr=False)

    def secret(self, purpose: str) -> bytes:
        return hmac.digest(self._root, purpose.encode(), "sha256")

    def random_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)


def open_key_file(path: str) -> tuple[JwtTokens, KeyFileSecrets]:
    """
    The tokens and secrets of the file; where there is none, it is made.

    Raises: InvalidError for a file that others can read, or that is no key file.
    """
    place = Path(path)
    if not place.exists():
        _make(place)
    if place.stat().st_mode & 0o077:
        raise InvalidError(
            f"Others can read the key file {place}.",
            field="keys",
            value=oct(place.stat().st_mode & 0o777),
            expected=f"mode 600: chmod 600 {place}",
        )
    try:
        content: dict[str, Any] = json.loads(place.read_text())
        key = serialization.load_pem_private_key(content["signing_key"].encode(), password=None)
        root = b64decode(content["secret"], validate=True)
    except (ValueError, KeyError, TypeError) as broken:
        raise InvalidError(
            f"{place} is no key file.", field="keys", value=str(place), expected="a file made here"
        ) from broken
    if not isinstance(key, ec.EllipticCurvePrivateKey) or len(root) != SECRET_BYTES:
        raise InvalidError(
            f"{place} is no key file.", field="keys", value=str(place), expected="a P-256 key and a secret"
        )
    return JwtTokens(key, key_id=_key_id(key)), KeyFileSecrets(root)


def _make(place: Path) -> None:
    """Written aside and then linked, so that of two processes that begin at once both read the same keys."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    content = json.dumps({"signing_key": pem, "secret": b64encode(secrets.token_bytes(SECRET_BYTES)).decode()})
    aside = place.with_name(f"{place.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(aside, place)
    except FileNotFoundError as missing:
        raise InvalidError(
            f"There is no folder {place.parent}.", field="keys", value=str(place), expected="a folder that exists"
        ) from missing
    finally:
        aside.unlink(missing_ok=True)


def _key_id(key: ec.EllipticCurvePrivateKey) -> str:
    """A digest of the public key."""
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return sha256(public).hexdigest()[:16]
