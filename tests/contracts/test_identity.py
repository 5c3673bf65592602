"""
Providers of log-ins: in memory, and over HTTP with either kind of key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from joserfc.jwk import RSAKey

from carmarket.adapters.memory import MemoryClock, MemoryIdentityProvider
from carmarket.adapters.oidc import open_provider
from carmarket.ports.identity import IdentityProvider
from carmarket.testing.contracts.identity import IdentityProviderContract, Person
from tests.identity_server import CLIENT, SECRET, IdentityServer, running

CLOCK = MemoryClock()


class TestMemoryIdentityProvider(IdentityProviderContract):
    @pytest.fixture
    def provider(self) -> IdentityProvider:
        return MemoryIdentityProvider()

    @pytest.fixture
    def issuer(self, provider: MemoryIdentityProvider) -> str:
        return provider.issuer

    @pytest.fixture
    def person(self, provider: MemoryIdentityProvider) -> Person:
        return lambda url, claims: provider.log_in(
            url, subject=claims["sub"], email=claims["email"], is_email_verified=claims["email_verified"],
            name=claims["name"],
        )[0]  # fmt: skip


class OidcContract(IdentityProviderContract):
    @pytest.fixture
    async def provider(self, server: IdentityServer) -> AsyncIterator[IdentityProvider]:
        async with open_provider(server.issuer, client_id=CLIENT, client_secret=SECRET, clock=CLOCK) as provider:
            yield provider

    @pytest.fixture
    def issuer(self, server: IdentityServer) -> str:
        return server.issuer

    @pytest.fixture
    def person(self, server: IdentityServer) -> Person:
        return lambda url, claims: server.log_in(url, **claims)[0]


class TestOidcOverEllipticCurves(OidcContract):
    @pytest.fixture
    def server(self) -> Iterator[IdentityServer]:
        with running(lambda: CLOCK.now().timestamp()) as server:
            yield server


class TestOidcOverRsa(OidcContract):
    @pytest.fixture
    def server(self) -> Iterator[IdentityServer]:
        with running(lambda: CLOCK.now().timestamp(), keys={"first": RSAKey.generate_key(2048)}) as server:
            server.in_user_info = frozenset({"email", "email_verified", "name"})
            server.discovery["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
            yield server
