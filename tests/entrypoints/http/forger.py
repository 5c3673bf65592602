"""
Who forges tokens.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import jwt
from attrs import define
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from carmarket.adapters.jwt import JwtTokens
from carmarket.testing.builders import an_admin

PLAIN = {
    "none": "",
    "a word": "token",
    "dots": "..",
    "more dots": "a.b.c.d.e",
    "not base64": "!!.!!.!!",
    "a null": "null",
    "very long": "A" * 60_000,
    "a path": "../../etc/passwd",
    "SQL": "' OR 1=1 --",
    "percent": "%00%ff",
    "two": "one two",
    "a header of its own": "x\tAuthorization: Bearer y",
}


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@define
class Forger:
    """Knows a genuine token and the public key, and for some attacks even has the private key's signature."""

    tokens: JwtTokens
    now: int

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "ES256", "typ": "at+jwt", "kid": self.tokens._key_id}

    @property
    def claims(self) -> dict[str, Any]:
        return {
            "iss": "carmarket", "aud": "carmarket", "sub": str(an_admin().user_id), "iat": self.now,
            "exp": self.now + 3_600, "roles": ["admin"], "trusted": True,
        }  # fmt: skip

    def signed(self, *, header: dict[str, Any] | None = None, without: str = "", **claims: Any) -> str:
        said = {name: value for name, value in {**self.claims, **claims}.items() if name != without}
        return jwt.encode(said, self.tokens._key, algorithm="ES256", headers=header or self.header)

    def raw(self, header: Any, claims: Any, signature: bytes = b"") -> str:
        return f"{part(header)}.{part(claims)}.{part(signature)}"

    @property
    def public_pem(self) -> bytes:
        return self.tokens._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def all(self) -> Iterator[tuple[str, str]]:
        yield from self.foreign_keys()
        yield from self.headers()
        yield from self.broken()
        yield from self.wrong_claims()

    def foreign_keys(self) -> Iterator[tuple[str, str]]:
        other = ec.generate_private_key(ec.SECP256R1())
        p384 = ec.generate_private_key(ec.SECP384R1())
        large = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        yield "another key", jwt.encode(self.claims, other, algorithm="ES256", headers=self.header)
        for name, key in (("ES384", p384), ("RS256", large), ("PS256", large)):
            yield (
                f"{name} of its own",
                jwt.encode(self.claims, key, algorithm=name, headers={**self.header, "alg": name}),
            )
        from jwt.algorithms import HMACAlgorithm

        for secret in (self.public_pem, b"", b"secret"):
            signing = f"{part({**self.header, 'alg': 'HS256'})}.{part(self.claims)}"
            digest = HMACAlgorithm(HMACAlgorithm.SHA256).sign(signing.encode(), secret)
            yield f"HS256 keyed with {secret[:10]!r}", f"{signing}.{part(digest)}"
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(other.public_key()))
        for name, value in (("jwk", public), ("jku", "https://evil.example/jwks"), ("x5u", "https://evil.example/x")):
            header = {**self.header, name: value}
            yield f"a key of its own by {name}", jwt.encode(self.claims, other, algorithm="ES256", headers=header)

    def headers(self) -> Iterator[tuple[str, str]]:
        for alg in ("none", "None", "nOnE", "NONE", "", None, 5):
            yield f"alg {alg!r}", self.raw({**self.header, "alg": alg}, self.claims)
        yield "no alg", self.raw({"typ": "at+jwt", "kid": self.tokens._key_id}, self.claims)
        for name, header in {
            "another type": {**self.header, "typ": "JWT"},
            "a refresh token": {**self.header, "typ": "rt+jwt"},
            "another kid": {**self.header, "kid": "../../keys"},
            "a kid that is no text": {**self.header, "kid": 3},
            "critical": {**self.header, "crit": ["exp"]},
            "unencoded payload": {**self.header, "b64": False, "crit": ["b64"]},
            "a jku beside": {**self.header, "jku": "https://evil.example"},
        }.items():
            try:
                yield name, self.signed(header=header)
            except jwt.PyJWTError:
                yield name, self.raw(header, self.claims, b"x" * 64)

    def broken(self) -> Iterator[tuple[str, str]]:
        header, claims, signature = self.signed().split(".")
        customer = part({**self.claims, "roles": ["customer"]})
        yield "claims of another", f"{header}.{customer}.{signature}"
        yield "no signature", f"{header}.{claims}."
        yield "half a signature", f"{header}.{claims}.{signature[:40]}"
        yield "a signature of zeros", self.raw(self.header, self.claims, bytes(64))
        yield "a signature of ones", self.raw(self.header, self.claims, b"\xff" * 64)
        yield "two parts", f"{header}.{claims}"
        yield "four parts", f"{header}.{claims}.{signature}.{signature}"
        yield "a broken header", f"{part(b'{')}.{claims}.{signature}"
        yield "broken claims", f"{header}.{part(b'{')}.{signature}"
        yield "claims that are a list", f"{header}.{part([self.claims])}.{signature}"
        yield "a deep header", f"{part(b'[' * 2_000)}.{claims}.{signature}"
        yield "blanks", f"{header} .{claims}.{signature}"

    def wrong_claims(self) -> Iterator[tuple[str, str]]:
        for name in ("exp", "iat", "sub", "iss", "aud", "roles", "trusted"):
            yield f"without {name}", self.signed(without=name)
        wrong: list[tuple[str, Any]] = [
            ("exp", self.now - 1), ("exp", 0), ("exp", -1), ("exp", True), ("exp", 10**40), ("exp", 2.5e300),
            ("exp", str(self.now + 60)), ("exp", None), ("exp", [self.now + 60]), ("iat", self.now + 3_000),
            ("iat", "now"), ("nbf", self.now + 3_000), ("nbf", "later"), ("iss", "evil"), ("iss", None),
            ("aud", "other"), ("aud", []), ("sub", "admin"), ("sub", 5), ("sub", ""), ("roles", "admin"),
            ("roles", ["root"]), ("roles", [["admin"]]), ("roles", None), ("trusted", "yes"), ("trusted", 1),
            ("dealer", "mine"), ("dealer", 5),
        ]  # fmt: skip
        for name, value in wrong:
            try:
                yield f"{name} {value!r:.20}", self.signed(**{name: value})
            except (TypeError, jwt.PyJWTError):
                claims = {**self.claims, name: value}
                signing = f"{part(self.header)}.{part(claims)}".encode()
                signature = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).sign(
                    signing, self.tokens._key
                )
                yield f"{name} {value!r:.20}", f"{signing.decode()}.{part(signature)}"
