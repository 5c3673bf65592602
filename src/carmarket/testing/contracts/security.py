"""
The law of `TokenVerifier` and `Secrets`, as tests.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from carmarket.core.errors import UnauthenticatedError
from carmarket.ports.security import Secrets, TokenVerifier
from carmarket.testing.builders import NOW, a_dealer, an_admin

HOUR = timedelta(hours=1)


class TokenVerifierContract:
    """Give a fixture `tokens`, and `other_tokens` of another market."""

    def test_an_actor_comes_back_as_it_was_signed(self, tokens: TokenVerifier) -> None:
        for actor in (a_dealer(), a_dealer(is_trusted=False), an_admin()):
            token = tokens.sign(actor, now=NOW, lifetime=HOUR)

            assert tokens.verify(token, now=NOW) == actor
            assert tokens.verify(token, now=NOW + HOUR - timedelta(seconds=1)) == actor

    def test_a_token_ends(self, tokens: TokenVerifier) -> None:
        token = tokens.sign(an_admin(), now=NOW, lifetime=HOUR)
        tokens.verify(token, now=NOW)

        with pytest.raises(UnauthenticatedError):
            tokens.verify(token, now=NOW + HOUR)

    def test_a_token_of_another_market_is_refused(self, tokens: TokenVerifier, other_tokens: TokenVerifier) -> None:
        token = other_tokens.sign(an_admin(), now=NOW, lifetime=HOUR)

        with pytest.raises(UnauthenticatedError):
            tokens.verify(token, now=NOW)

    @pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "x" * 10_000, "\u0000", "\ud800", "ä.ö.ü"])
    def test_what_is_no_token_is_refused(self, tokens: TokenVerifier, token: str) -> None:
        with pytest.raises(UnauthenticatedError):
            tokens.verify(token, now=NOW)

    def test_a_token_that_was_altered_is_refused(self, tokens: TokenVerifier) -> None:
        token = tokens.sign(an_admin(), now=NOW, lifetime=HOUR)
        middle = len(token) // 2
        altered = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]

        with pytest.raises(UnauthenticatedError):
            tokens.verify(altered, now=NOW)

    def test_public_keys_hold_no_private_part(self, tokens: TokenVerifier) -> None:
        assert all("d" not in key for key in tokens.jwks()["keys"])


class SecretsContract:
    """Give a fixture `secrets`."""

    def test_a_purpose_has_one_secret_of_its_own(self, secrets: Secrets) -> None:
        assert secrets.secret("cursors") == secrets.secret("cursors")
        assert secrets.secret("cursors") != secrets.secret("links")
        assert len(secrets.secret("cursors")) == 32
