"""
Access tokens signed with ES256: whoever has the public key can verify them, nobody else can make one.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import jwt
from attrs import define, field
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from carmarket.core.actor import Actor, DealerId, UserId
from carmarket.core.errors import UnauthenticatedError
from carmarket.core.period import instant_of, milliseconds
from carmarket.core.users.roles import Role
from carmarket.ports.security import TokenVerifier, Vouched

ALGORITHM = "ES256"
TYPE = "at+jwt"
ISSUER = AUDIENCE = "carmarket"
HEADER = frozenset({"alg", "typ", "kid"})
LONGEST = 4_096
CACHED = 1_024


@define
class JwtTokens(TokenVerifier):
    """
    Verified tokens are remembered by their digest, for a verification costs a tenth of a millisecond.

    Of the header only the expected algorithm, type and key are believed; one that names keys of its own is refused.
    """

    _key: ec.EllipticCurvePrivateKey = field(repr=False)
    _key_id: str = field(alias="key_id")
    _verified: OrderedDict[bytes, tuple[Vouched, datetime]] = field(factory=OrderedDict, init=False, repr=False)

    def verify(self, token: str, *, now: datetime) -> Vouched:
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._verified.get(digest)
        if known is None:
            known = self._read(token, now)
            self._verified[digest] = known
            while len(self._verified) > CACHED:
                self._verified.popitem(last=False)
        vouched, ends = known
        if ends <= now:
            raise _refused()
        return vouched

    def sign(self, actor: Actor, *, now: datetime, lifetime: timedelta) -> str:
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(actor.user_id),
            "iat": milliseconds(now) / 1_000,  # a moment in between is a NumericDate too (RFC 7519)
            "exp": int((now + lifetime).timestamp()),
            "roles": sorted(actor.roles),
            "trusted": actor.is_trusted,
        }
        if actor.dealer_id is not None:
            claims["dealer"] = str(actor.dealer_id)
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"typ": TYPE, "kid": self._key_id})

    def jwks(self) -> dict[str, Any]:
        public = json.loads(ECAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": self._key_id, "use": "sig", "alg": ALGORITHM}]}

    def _read(self, token: str, now: datetime) -> tuple[Vouched, datetime]:
        if len(token) > LONGEST:
            raise _refused()
        try:
            header = jwt.get_unverified_header(token)
            expected = {"alg": ALGORITHM, "typ": TYPE, "kid": self._key_id}
            if header.keys() != HEADER or header != expected:
                raise _refused()
            claims = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={
                    "require": ["exp", "iat", "sub"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            ends = _instant(claims, "exp", now)
            return Vouched(_actor(claims), _time(claims["iat"])), ends
        except (jwt.PyJWTError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as wrong:
            raise _refused() from wrong


def _actor(claims: dict[str, Any]) -> Actor:
    dealer = claims.get("dealer")
    if not isinstance(claims["trusted"], bool) or not isinstance(claims["roles"], list):
        raise TypeError
    return Actor(
        user_id=UserId(UUID(claims["sub"])),
        roles=frozenset(Role(role) for role in claims["roles"]),
        dealer_id=None if dealer is None else DealerId(UUID(str(dealer))),
        is_trusted=claims["trusted"],
    )


def _instant(claims: dict[str, Any], name: str, now: datetime) -> datetime:
    """When the token ends; one from the future or that begins later is not valid yet."""
    for begins in ("iat", "nbf"):
        if begins in claims and _time(claims[begins]) > now + timedelta(seconds=60):
            raise _refused()
    return _time(claims[name])


def _time(value: Any) -> datetime:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError
    return instant_of(round(value * 1_000))


def _refused() -> UnauthenticatedError:
    return UnauthenticatedError("The token is not valid, or no longer.")
