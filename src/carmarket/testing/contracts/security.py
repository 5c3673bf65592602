"""
The law of `TokenVerifier`, `Secrets` and `PasswordHasher`, as tests.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from carmarket.core.errors import UnauthenticatedError, UnavailableError
from carmarket.ports.security import PasswordHasher, Secrets, TokenVerifier, Vouched
from carmarket.testing.builders import NOW, a_dealer, an_admin

HOUR = timedelta(hours=1)
WORD = "correct horse battery"


class TokenVerifierContract:
    """Give a fixture `tokens`, and `other_tokens` of another market."""

    def test_an_actor_comes_back_as_it_was_signed(self, tokens: TokenVerifier) -> None:
        for actor in (a_dealer(), a_dealer(is_trusted=False), an_admin()):
            token = tokens.sign(actor, now=NOW, lifetime=HOUR)

            assert tokens.verify(token, now=NOW) == Vouched(actor, NOW)
            assert tokens.verify(token, now=NOW + HOUR - timedelta(seconds=1)) == Vouched(actor, NOW)

    def test_when_a_token_was_issued_is_told_to_the_millisecond(self, tokens: TokenVerifier) -> None:
        for count in (1, 249, 999):
            issued_at = NOW + timedelta(milliseconds=count)
            token = tokens.sign(an_admin(), now=issued_at + timedelta(microseconds=600), lifetime=HOUR)

            assert tokens.verify(token, now=issued_at).issued_at == issued_at

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

    def test_nobody_guesses_what_is_random(self, secrets: Secrets) -> None:
        given = [secrets.random_bytes(16) for _ in range(1_000)]

        assert [len(secrets.random_bytes(count)) for count in (0, 1, 18, 32)] == [0, 1, 18, 32]
        assert len(set(given)) == len(given)
        for place in range(16):
            assert len({one[place] for one in given}) > 200


class PasswordHasherContract:
    """Give a fixture `passwords`."""

    @pytest.mark.parametrize("password", [WORD, " spaces ", "pässwörter", "王" * 128, "a\x00b", "x" * 128])
    async def test_a_password_is_known_by_its_hash_alone(self, passwords: PasswordHasher, password: str) -> None:
        hashed = await passwords.hash(password)

        assert await passwords.verify(password, hashed)
        assert password not in hashed
        for other in (f"{password} ", password[:-1], f"{password.swapcase()}1", ""):
            assert not await passwords.verify(other, hashed)

    async def test_equal_passwords_have_different_hashes(self, passwords: PasswordHasher) -> None:
        assert await passwords.hash(WORD) != await passwords.hash(WORD)

    @pytest.mark.parametrize("hashed", [None, "", "nothing", "none.", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA"])
    async def test_where_there_is_no_hash_no_password_is_right(
        self, passwords: PasswordHasher, hashed: str | None
    ) -> None:
        for password in (WORD, "", "nobody has this password"):
            assert not await passwords.verify(password, hashed)

    async def test_a_new_hash_is_not_outdated(self, passwords: PasswordHasher) -> None:
        assert not passwords.is_outdated(await passwords.hash(WORD))

    def test_what_is_tried_first_is_common(self, passwords: PasswordHasher) -> None:
        for common in ("password", "PassWord", "12345678", "iloveyou"):
            assert passwords.is_common(common), common
        assert not passwords.is_common(WORD)

    async def test_too_many_are_sent_away_and_nobody_is_told_wrong(self, passwords: PasswordHasher) -> None:
        hashed = await passwords.hash(WORD)
        attempts = (passwords.verify(WORD, hashed) for _ in range(100))
        ends = await asyncio.gather(*attempts, return_exceptions=True)

        assert True in ends
        assert {type(end) for end in ends if end is not True} <= {UnavailableError}
        assert await passwords.verify(WORD, hashed)
