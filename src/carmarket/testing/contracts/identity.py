"""
The law of `IdentityProvider`, as tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve, frozen

from carmarket.core.errors import UnauthenticatedError
from carmarket.core.users.federation import Proof, challenge_of
from carmarket.core.users.user import Identity
from carmarket.ports.identity import IdentityProvider

Person = Callable[[str, dict[str, Any]], str]
"""Goes to an address, is the person whose claims are given, says yes, and comes back with a code."""
BERG = {"sub": "anna-1", "email": "anna@example.com", "email_verified": True, "name": "Anna Berg"}


@frozen(kw_only=True)
class Asked:
    """What a log-in is begun with, and finished with if nothing goes wrong."""

    redirect_uri: str = "http://127.0.0.1:8000/login/here"
    state: str = "state-of-this-log-in"
    nonce: str = "nonce-of-this-log-in"
    verifier: str = "verifier-of-this-log-in-that-is-43-letters-long"


class IdentityProviderContract:
    """Give fixtures `provider`, `issuer` (what it calls itself) and `person`."""

    async def go(self, provider: IdentityProvider, asked: Asked, person: Person, **claims: Any) -> str:
        url = await provider.authorization_url(
            redirect_uri=asked.redirect_uri, state=asked.state, nonce=asked.nonce,
            challenge=challenge_of(asked.verifier),
        )  # fmt: skip
        return person(url, {**BERG, **claims})

    async def redeem(self, provider: IdentityProvider, code: str, asked: Asked) -> Proof:
        return await provider.redeem(
            code, redirect_uri=asked.redirect_uri, verifier=asked.verifier, nonce=asked.nonce
        )  # fmt: skip

    async def test_who_says_yes_is_vouched_for(self, provider: IdentityProvider, issuer: str, person: Person) -> None:
        code = await self.go(provider, Asked(), person)

        assert await self.redeem(provider, code, Asked()) == Proof(
            identity=Identity(issuer=issuer, subject="anna-1"), email="anna@example.com", is_email_verified=True,
            name="Anna Berg",
        )  # fmt: skip

    async def test_an_address_counts_as_verified_only_where_that_is_said(
        self, provider: IdentityProvider, person: Person
    ) -> None:
        code = await self.go(provider, Asked(), person, email_verified=False, name=None)

        proof = await self.redeem(provider, code, Asked())

        assert (proof.email, proof.is_email_verified, proof.name) == ("anna@example.com", False, None)

    async def test_the_verifier_is_not_in_the_address(self, provider: IdentityProvider) -> None:
        asked = Asked()
        url = await provider.authorization_url(
            redirect_uri=asked.redirect_uri, state=asked.state, nonce=asked.nonce,
            challenge=challenge_of(asked.verifier),
        )  # fmt: skip

        said = parse_qs(urlsplit(url).query)
        assert (said["state"], said["redirect_uri"]) == ([asked.state], [asked.redirect_uri])
        assert asked.verifier not in url

    async def test_a_code_counts_once(self, provider: IdentityProvider, person: Person) -> None:
        code = await self.go(provider, Asked(), person)
        await self.redeem(provider, code, Asked())

        with pytest.raises(UnauthenticatedError):
            await self.redeem(provider, code, Asked())

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param({"redirect_uri": "http://127.0.0.1:8000/login/there"}, id="another redirect URI"),
            pytest.param({"verifier": "verifier-of-another-log-in-that-is-43-letters-long"}, id="another verifier"),
            pytest.param({"nonce": "nonce-of-another-log-in"}, id="another nonce"),
        ],
    )
    async def test_a_code_of_another_log_in_is_worth_nothing(
        self, provider: IdentityProvider, person: Person, other: dict[str, str]
    ) -> None:
        code = await self.go(provider, Asked(), person)

        with pytest.raises(UnauthenticatedError):
            await self.redeem(provider, code, evolve(Asked(), **other))

    @pytest.mark.parametrize("code", ["", "nothing", "x" * 10_000, "ä\n"])
    async def test_what_is_no_code_is_refused(self, provider: IdentityProvider, code: str) -> None:
        with pytest.raises(UnauthenticatedError):
            await self.redeem(provider, code, Asked())
