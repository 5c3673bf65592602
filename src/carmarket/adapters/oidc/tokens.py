"""
Id tokens: believed only once all has been looked at (OpenID Connect Core 1.0, 3.1.3.7).
"""

from __future__ import annotations

import hmac
import json
import math
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from carmarket.core.errors import UnauthenticatedError

ALGORITHMS: Mapping[str, str] = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
"""What is believed, and the kind of key that it takes; nothing symmetric, and never none."""
SMALLEST = 2_048
"""Bits of an RSA key (RFC 7518, 3.3)."""
SKEW = 60
"""Seconds that two clocks may differ."""
OLDEST = 600
"""Seconds since a token was made: it was made for the code that was redeemed just now."""
LONGEST = 16_384
LONGEST_SUBJECT = 255


@frozen(kw_only=True)
class IdTokenReader:
    """Reads the id tokens of one issuer for one client."""

    issuer: str
    client_id: str

    def key_id(self, token: str) -> str | None:
        """Which key the token names, before anything of it is believed. Raises: UnauthenticatedError for no token."""
        try:
            head = token.split(".", maxsplit=1)[0] if len(token) <= LONGEST else ""
            header = json.loads(urlsafe_b64decode(head.encode("ascii") + b"=" * (-len(head) % 4)))
        except (ValueError, RecursionError):
            raise refused() from None
        named = header.get("kid") if isinstance(header, dict) else None
        return named if isinstance(named, str) else None

    def read(self, token: str, keys: Sequence[Mapping[str, Any]], *, nonce: str, now: datetime) -> Mapping[str, Any]:
        """The claims. Raises: UnauthenticatedError if any of the checks fails."""
        claims = self.signed(token, keys)
        self.demand_issuer(claims)
        self.demand_audience(claims)
        self.demand_times(claims, now.timestamp())
        self.demand_nonce(claims, nonce)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise refused()
        return claims

    def signed(self, token: str, keys: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """What the issuer has signed, with a key that it publishes for signing and an algorithm of few."""
        key_id = self.key_id(token)
        try:
            header = jws.extract_compact(token.encode("ascii")).headers()
            algorithm = str(header.get("alg"))
            if algorithm not in ALGORITHMS or str(header.get("typ", "JWT")).upper() != "JWT" or "crit" in header:
                raise refused()
            key = _key(keys, key_id, algorithm)
            registry = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
            registry.max_payload_length = LONGEST
            return jwt.decode(token, key, algorithms=[algorithm], registry=registry).claims
        except (JoseError, ValueError, TypeError, RecursionError) as wrong:
            raise refused() from wrong

    def demand_issuer(self, claims: Mapping[str, Any]) -> None:
        if claims.get("iss") != self.issuer:
            raise refused()

    def demand_audience(self, claims: Mapping[str, Any]) -> None:
        said = claims.get("aud")
        audiences = said if isinstance(said, list) else [said]
        party = claims.get("azp", self.client_id if len(audiences) == 1 else None)
        if self.client_id not in audiences or party != self.client_id:
            raise refused()

    def demand_times(self, claims: Mapping[str, Any], now: float) -> None:
        ends, made = _seconds(claims, "exp"), _seconds(claims, "iat")
        begins = _seconds(claims, "nbf") if "nbf" in claims else made
        if now >= ends + SKEW or not now - OLDEST <= made <= now + SKEW or begins > now + SKEW:
            raise refused()

    def demand_nonce(self, claims: Mapping[str, Any], nonce: str) -> None:
        said = claims.get("nonce")
        if not isinstance(said, str) or not hmac.compare_digest(said.encode("utf-8", "replace"), nonce.encode()):
            raise refused()


def _key(keys: Sequence[Mapping[str, Any]], key_id: str | None, algorithm: str) -> RSAKey | ECKey:
    """The one key that is meant; a token that names none is of an issuer that has but one of this kind."""
    kind = ALGORITHMS[algorithm]
    fitting = [
        one
        for one in keys
        if one.get("kty") == kind
        and one.get("use", "sig") == "sig"
        and one.get("alg", algorithm) == algorithm
        and (key_id is None or one.get("kid") == key_id)
    ]
    if len(fitting) != 1:
        raise refused()
    numbers = {name: fitting[0][name] for name in ("kty", "n", "e", "crv", "x", "y") if name in fitting[0]}
    if kind == "EC":
        return ECKey.import_key(numbers)
    key = RSAKey.import_key(numbers)
    if key.raw_value.key_size < SMALLEST:
        raise refused()
    return key


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    said = claims.get(name)
    if isinstance(said, bool) or not isinstance(said, int | float) or not math.isfinite(said):
        raise refused()
    return said


def refused() -> UnauthenticatedError:
    """Which check failed is nobody's affair."""
    return UnauthenticatedError("The log-in elsewhere does not count: begin it again.")
