"""
R16: id tokens that are forged, of others, or out of date open nothing.

It is long, for it lists what a forger tries; a reader that leaves out any one check is caught.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pytest
from attrs import evolve
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from carmarket.adapters.memory import MemoryClock
from carmarket.adapters.oidc import OidcIdentityProvider, open_provider
from carmarket.adapters.oidc.tokens import IdTokenReader
from carmarket.core.errors import UnauthenticatedError
from carmarket.core.users.federation import challenge_of
from tests.identity_server import CLIENT, SECRET, IdentityServer, running

BACK, NONCE, VERIFIER = "https://cars.example/login/here", "the nonce", "v" * 43
CLOCK = MemoryClock()
NOW = int(CLOCK.now().timestamp())
Forge = Callable[[IdentityServer], Callable[[dict[str, Any]], str]]

CLAIMS: Mapping[str, Mapping[str, Any]] = {
    "of another issuer": {"iss": "https://evil.example"},
    "of an issuer with a slash": {"iss": "{issuer}/"},
    "of no issuer": {"iss": None},
    "for another client": {"aud": "other"},
    "for no client": {"aud": None},
    "for a client whose name begins like ours": {"aud": f"{CLIENT}-2"},
    "for others, too, and for whom is not said": {"aud": [CLIENT, "other"]},
    "for others, too, and given to them": {"aud": [CLIENT, "other"], "azp": "other"},
    "given to another": {"azp": "other"},
    "for an empty list": {"aud": []},
    "past": {"iat": NOW - 400, "exp": NOW - 100},
    "without an end": {"exp": None},
    "with a text for an end": {"exp": str(NOW + 300)},
    "with truth for an end": {"exp": True},
    "of the future": {"iat": NOW + 3_600, "exp": NOW + 7_200},
    "of long ago": {"iat": NOW - 3_600},
    "without a beginning": {"iat": None},
    "not yet valid": {"nbf": NOW + 3_600},
    "of another log-in": {"nonce": "another nonce"},
    "of no log-in": {"nonce": None},
    "with a number for a nonce": {"nonce": 5},
    "about nobody": {"sub": None},
    "about an empty name": {"sub": ""},
    "about a number": {"sub": 5},
    "about a long name": {"sub": "x" * 256},
}


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def pem(server: IdentityServer) -> bytes:
    public = server.keys["first"].public_key
    assert isinstance(public, EllipticCurvePublicKey)
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def with_none(server: IdentityServer, alg: str) -> Callable[[dict[str, Any]], str]:
    return lambda claims: f"{part({'alg': alg, 'kid': 'first'})}.{part(claims)}."


def with_secret(server: IdentityServer, secret: bytes) -> Callable[[dict[str, Any]], str]:
    """By hand: the library refuses to make one with a public key."""

    def forged(claims: dict[str, Any]) -> str:
        signing = f"{part({'alg': 'HS256', 'kid': 'first'})}.{part(claims)}"
        return f"{signing}.{part(hmac.digest(secret, signing.encode(), 'sha256'))}"

    return forged


def with_key(
    key: ECKey | RSAKey, algorithm: str = "ES256", **header: Any
) -> Callable[[dict[str, Any]], str]:  # fmt: skip
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    said = {"alg": algorithm, "kid": "first", **header}
    return lambda claims: jwt.encode(said, claims, key, registry=registry)


def altered(server: IdentityServer) -> Callable[[dict[str, Any]], str]:
    def forged(claims: dict[str, Any]) -> str:
        header, _, signature = server.id_token(claims).split(".")
        return f"{header}.{part({**claims, 'sub': 'somebody else'})}.{signature}"

    return forged


SIGNATURES: Mapping[str, Forge] = {
    **{f"alg {alg}": partial(with_none, alg=alg) for alg in ("none", "None", "NONE", "")},
    "HS256 with the public key": lambda server: with_secret(server, pem(server)),
    "HS256 with the client's secret": lambda server: with_secret(server, SECRET.encode()),
    "a key of its own": lambda server: with_key(ECKey.generate_key("P-256")),
    "RS256 of its own": lambda server: with_key(RSAKey.generate_key(2048), "RS256"),
    "ES384 of its own": lambda server: with_key(ECKey.generate_key("P-384"), "ES384"),
    "a key in its header": lambda server: _bringing("jwk"),
    "a place for its key": lambda server: _bringing("jku"),
    "another type": lambda server: with_key(_ours(server), typ="at+jwt"),
    "a key that nobody publishes": lambda server: with_key(_ours(server), kid="third"),
    "a key for encryption": lambda server: with_key(_second(server, use="enc"), kid="second"),
    "a key for another algorithm": lambda server: with_key(_second(server, alg="ES512"), kid="second"),
    "what must be understood and is not": lambda server: lambda claims: _signed(server, claims, crit=["new"], new=1),
    "claims that were altered": altered,
    "no signature": lambda server: lambda claims: server.id_token(claims).rpartition(".")[0] + ".",
    "a signature of zeros": lambda server: lambda claims: _cut(server, claims) + part(bytes(64)),
    "half a token": lambda server: lambda claims: _cut(server, claims)[:-1],
    "no token": lambda server: lambda claims: "nothing",
    "a deep header": lambda server: lambda claims: f"{part(b'[' * 3_000)}.{part(claims)}.{part(b'x')}",
    "a list of claims": lambda server: lambda claims: _signed(server, [claims]),
    "a very long token": lambda server: lambda claims: server.id_token({**claims, "more": "x" * 40_000}),
    "letters beyond ASCII": lambda server: lambda claims: server.id_token(claims) + "ä",
}  # fmt: skip


def _ours(server: IdentityServer) -> ECKey:
    key = server.keys["first"]
    assert isinstance(key, ECKey)
    return key


def _bringing(name: str) -> Callable[[dict[str, Any]], str]:
    own = ECKey.generate_key("P-256")
    said: dict[str, Any] = {name: own.as_dict(private=False) if name == "jwk" else "https://evil.example/keys"}
    return with_key(own, **said)


def _second(server: IdentityServer, **said: str) -> ECKey:
    second = ECKey.generate_key("P-256")
    public = [{**_ours(server).as_dict(private=False), "kid": "first"}, {**second.as_dict(private=False), **said}]
    public[1] |= {"kid": "second", **said}
    server.answers["/keys"] = 200, json.dumps({"keys": public}).encode()
    return second


def _cut(server: IdentityServer, claims: dict[str, Any]) -> str:
    return server.id_token(claims).rpartition(".")[0] + "."


def _signed(server: IdentityServer, claims: Any, **header: Any) -> str:
    """With the server's own key, whatever is signed."""
    signing = f"{part({'alg': 'ES256', 'kid': 'first', **header})}.{part(claims)}"
    return f"{signing}.{part(JWSRegistry.algorithms['ES256'].sign(signing.encode(), _ours(server)))}"


@pytest.fixture
def server() -> Iterator[IdentityServer]:
    with running(lambda: CLOCK.now().timestamp()) as server:
        yield server


@pytest.fixture
async def provider(server: IdentityServer) -> AsyncIterator[OidcIdentityProvider]:
    async with open_provider(server.issuer, client_id=CLIENT, client_secret=SECRET, clock=CLOCK) as provider:
        yield provider


async def subject(provider: OidcIdentityProvider, server: IdentityServer) -> str:
    """Log in as Anna; whom the provider vouches for."""
    url = await provider.authorization_url(
        redirect_uri=BACK, state="s", nonce=NONCE, challenge=challenge_of(VERIFIER)
    )  # fmt: skip
    code, _ = server.log_in(url)
    return (await provider.redeem(code, redirect_uri=BACK, verifier=VERIFIER, nonce=NONCE)).identity.subject


def overrule(server: IdentityServer, claims: Mapping[str, Any]) -> None:
    server.overrule = {
        name: value.format(issuer=server.issuer) if name == "iss" and value else value
        for name, value in claims.items()
    }  # fmt: skip


async def test_the_forger_can_also_do_right(provider, server):
    """Else the tests below would pass for any token."""
    for forge in (None, with_key(_ours(server)), lambda claims: _signed(server, claims, typ="JWT")):
        server.forge = forge
        assert await subject(provider, server) == "anna-1"
    server.forge = None
    overrule(server, {"aud": [CLIENT, "other"], "azp": CLIENT, "iat": NOW - 30})
    assert await subject(provider, server) == "anna-1"


@pytest.mark.promise("R16")
@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS)
async def test_an_id_token_is_refused(provider, server, claims):
    overrule(server, claims)

    with pytest.raises(UnauthenticatedError):
        await subject(provider, server)


@pytest.mark.promise("R16")
@pytest.mark.parametrize("forge", SIGNATURES.values(), ids=SIGNATURES)
async def test_a_signature_is_refused(provider, server, forge):
    server.forge = forge(server)

    with pytest.raises(UnauthenticatedError):
        await subject(provider, server)


@pytest.mark.promise("R16")
async def test_a_small_rsa_key_is_refused(provider, server, recwarn):
    server.keys["first"] = RSAKey.generate_key(1024)

    with pytest.raises(UnauthenticatedError):
        await subject(provider, server)


class Unsigned(IdTokenReader):
    """A mutant: reads without looking at the signature."""

    def signed(self, token: str, keys: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        body = token.split(".")[1]
        claims: Mapping[str, Any] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return claims


class AnyIssuer(IdTokenReader):
    def demand_issuer(self, claims: Mapping[str, Any]) -> None: ...


class AnyAudience(IdTokenReader):
    def demand_audience(self, claims: Mapping[str, Any]) -> None: ...


class AnyTime(IdTokenReader):
    def demand_times(self, claims: Mapping[str, Any], now: float) -> None: ...


class AnyNonce(IdTokenReader):
    def demand_nonce(self, claims: Mapping[str, Any], nonce: str) -> None: ...


@pytest.mark.mutant("R16")
@pytest.mark.parametrize(
    ("mutant", "hostile"),
    [
        pytest.param(Unsigned, "alg none", id="unsigned"),
        pytest.param(Unsigned, "HS256 with the public key", id="symmetric"),
        pytest.param(AnyIssuer, "of another issuer", id="any issuer"),
        pytest.param(AnyAudience, "for another client", id="any audience"),
        pytest.param(AnyTime, "past", id="any time"),
        pytest.param(AnyNonce, "of another log-in", id="any nonce"),
    ],
)
async def test_a_reader_that_leaves_out_a_check_is_caught(provider, server, mutant, hostile):
    careless = evolve(provider, reader=mutant(issuer=server.issuer, client_id=CLIENT))
    if hostile in SIGNATURES:
        server.forge = SIGNATURES[hostile](server)
    else:
        overrule(server, CLAIMS[hostile])

    assert await subject(careless, server) == "anna-1"
