"""
What only a provider on the line has: it is away, slow, talks nonsense, leads elsewhere, and changes its keys.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey

from carmarket.adapters.memory import MemoryClock
from carmarket.adapters.oidc import OidcIdentityProvider, open_provider
from carmarket.core.errors import InvalidError, UnavailableError
from carmarket.core.users.federation import Proof, challenge_of
from tests.identity_server import CLIENT, SECRET, IdentityServer, running

BACK, NONCE, VERIFIER = "https://cars.example/login/here", "the nonce", "v" * 43
DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
def server(clock: MemoryClock) -> Iterator[IdentityServer]:
    with running(lambda: clock.now().timestamp()) as server:
        yield server


@pytest.fixture
async def provider(server: IdentityServer, clock: MemoryClock) -> AsyncIterator[OidcIdentityProvider]:
    async with open_provider(
        server.issuer, client_id=CLIENT, client_secret=SECRET, clock=clock, deadline=0.5
    ) as provider:
        yield provider


async def begin(provider: OidcIdentityProvider) -> str:
    return await provider.authorization_url(
        redirect_uri=BACK, state="s", nonce=NONCE, challenge=challenge_of(VERIFIER)
    )  # fmt: skip


async def log_in(provider: OidcIdentityProvider, server: IdentityServer, **person: Any) -> Proof:
    code, _ = server.log_in(await begin(provider), **person)
    return await provider.redeem(code, redirect_uri=BACK, verifier=VERIFIER, nonce=NONCE)


async def test_documents_are_looked_at_once_an_hour(provider, server, clock):
    for _ in range(3):
        await log_in(provider, server)
    looked = list(server.asked)
    clock.advance(timedelta(hours=1))
    await log_in(provider, server)

    assert looked == [DISCOVERY, "/token", "/keys", "/token", "/token"]
    assert server.asked[len(looked) :] == [DISCOVERY, "/token", "/keys"]


async def test_a_new_key_is_found_and_an_unknown_one_looked_for_no_more_than_twice_a_minute(provider, server, clock):
    await log_in(provider, server)
    clock.advance(timedelta(seconds=30))
    server.keys["second"] = ECKey.generate_key("P-256")
    server.signs_with = "second"
    assert (await log_in(provider, server)).identity.subject == "anna-1"
    assert server.asked.count("/keys") == 2

    server.keys = {"third": ECKey.generate_key("P-256")}
    server.signs_with = "third"
    for _ in range(3):
        with pytest.raises(Exception, match="does not count"):
            await log_in(provider, server)
    assert server.asked.count("/keys") == 2
    clock.advance(timedelta(seconds=30))
    assert (await log_in(provider, server)).identity.subject == "anna-1"


async def test_a_key_without_a_name_is_taken_where_there_is_but_one(provider, server):
    def unnamed(claims: dict[str, Any]) -> str:
        from joserfc import jwt

        return jwt.encode({"alg": "ES256"}, claims, server.keys["first"], algorithms=["ES256"])

    server.forge = unnamed
    assert (await log_in(provider, server)).identity.subject == "anna-1"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((500, b"{}"), id="a failure"),
        pytest.param((200, b"<html>"), id="a page"),
        pytest.param((200, b"[]"), id="a list"),
        pytest.param((200, b"[" * 100_000), id="a deep list"),
        pytest.param((302, b"{}"), id="a redirect"),
        pytest.param((200, b" " * 300_000 + b"{}"), id="too much"),
        pytest.param((200, b"{}"), id="nothing"),
    ],
)
@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys"])
async def test_a_provider_that_talks_nonsense_is_away(provider, server, path, answer):
    server.answers[path] = answer

    with pytest.raises(UnavailableError) as refused:
        await log_in(provider, server)

    assert refused.value.retry_after > 0
    assert "/elsewhere" not in server.asked


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"issuer": "https://evil.example"}, id="another issuer"),
        pytest.param({"issuer": None}, id="no issuer"),
        pytest.param({"token_endpoint": "http://evil.example/token"}, id="an open line"),
        pytest.param({"jwks_uri": "file:///etc/passwd"}, id="a file"),
        pytest.param({"authorization_endpoint": "javascript:alert(1)"}, id="a script"),
        pytest.param({"token_endpoint": None}, id="no endpoint"),
        pytest.param({"userinfo_endpoint": ["x"]}, id="a list"),
        pytest.param({"jwks_uri": "https://[::1/keys"}, id="no address"),
    ],
)
async def test_a_document_that_is_not_right_is_not_believed(provider, server, said):
    server.discovery = said

    with pytest.raises(UnavailableError):
        await begin(provider)


async def test_a_provider_that_is_slow_is_away_in_time(provider, server):
    url = await begin(provider)
    code, _ = server.log_in(url)
    server.stalls = threading.Event()

    with pytest.raises(UnavailableError, match="too long"):
        await provider.redeem(code, redirect_uri=BACK, verifier=VERIFIER, nonce=NONCE)


async def test_a_provider_that_is_away_is_not_asked_again_at_once(provider, server, clock):
    server.answers[DISCOVERY] = 503, b"{}"
    for _ in range(5):
        with pytest.raises(UnavailableError):
            await begin(provider)
    asked = len(server.asked)
    del server.answers[DISCOVERY]
    clock.advance(timedelta(seconds=2))

    assert asked == 1
    assert await begin(provider)


async def test_nobody_listens_where_a_provider_was(clock):
    with running(lambda: clock.now().timestamp()) as server:
        gone = server.issuer
    async with open_provider(gone, client_id=CLIENT, client_secret=SECRET, clock=clock) as provider:
        with pytest.raises(UnavailableError, match="ConnectError"):
            await begin(provider)


async def test_a_client_that_the_provider_does_not_know_is_the_markets_affair(server, clock):
    async with open_provider(server.issuer, client_id=CLIENT, client_secret="wrong", clock=clock) as provider:
        with pytest.raises(UnavailableError, match="401"):
            await log_in(provider, server)


@pytest.mark.parametrize(
    "person",
    [
        pytest.param({"email_verified": "true"}, id="a text"),
        pytest.param({"email_verified": 1}, id="a number"),
        pytest.param({"email_verified": None}, id="nothing"),
        pytest.param({"email": ["anna@example.com"]}, id="a list"),
    ],
)
async def test_only_true_is_true(provider, server, person):
    proof = await log_in(provider, server, **person)

    assert not (proof.is_email_verified and proof.email)


async def test_what_is_told_beside_the_token_is_of_the_same_person_or_nothing(provider, server):
    server.in_user_info = frozenset({"email", "email_verified", "name"})
    assert (await log_in(provider, server)).email == "anna@example.com"
    server.answers["/me"] = 200, b'{"sub": "mallory", "email": "anna@example.com", "email_verified": true}'
    proof = await log_in(provider, server)

    assert (proof.email, proof.is_email_verified) == (None, False)


@pytest.mark.parametrize(
    "issuer",
    ["http://accounts.example", "accounts.example", "https://", "ftp://127.0.0.1", "https://a:b@accounts.example",
     "https://accounts.example/?a=1", "https://accounts.example#x", "https://[::1"],
)  # fmt: skip
async def test_an_issuer_is_asked_over_a_line_that_nobody_listens_to(issuer, clock):
    with pytest.raises(InvalidError):
        async with open_provider(issuer, client_id=CLIENT, client_secret="", clock=clock):
            pass


async def test_the_secret_is_not_shown(provider):
    assert SECRET not in repr(provider)
