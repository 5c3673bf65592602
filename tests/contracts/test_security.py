"""
Tokens, secrets and passwords: memory, the key file's, and Argon2's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher as Argon2
from argon2 import extract_parameters

from carmarket.adapters.argon2 import Argon2Passwords
from carmarket.adapters.argon2.passwords import LANES, MEMORY_KIB, PASSES
from carmarket.adapters.jwt import open_key_file
from carmarket.adapters.memory import MemoryPasswords, MemorySecrets, MemoryTokens
from carmarket.core.errors import UnavailableError
from carmarket.ports.security import PasswordHasher, Secrets, TokenVerifier
from carmarket.testing.contracts.security import (
    WORD,
    PasswordHasherContract,
    SecretsContract,
    TokenVerifierContract,
)


class TestMemoryTokens(TokenVerifierContract):
    @pytest.fixture
    def tokens(self) -> TokenVerifier:
        return MemoryTokens()

    @pytest.fixture
    def other_tokens(self) -> TokenVerifier:
        return MemoryTokens()


class TestJwtTokens(TokenVerifierContract):
    @pytest.fixture
    def tokens(self, tmp_path: Path) -> TokenVerifier:
        return open_key_file(str(tmp_path / "one.keys"))[0]

    @pytest.fixture
    def other_tokens(self, tmp_path: Path) -> TokenVerifier:
        return open_key_file(str(tmp_path / "two.keys"))[0]


class TestMemorySecrets(SecretsContract):
    @pytest.fixture
    def secrets(self) -> Secrets:
        return MemorySecrets()


class TestKeyFileSecrets(SecretsContract):
    @pytest.fixture
    def secrets(self, tmp_path: Path) -> Secrets:
        return open_key_file(str(tmp_path / "keys"))[1]


class TestMemoryPasswords(PasswordHasherContract):
    @pytest.fixture
    def passwords(self) -> PasswordHasher:
        return MemoryPasswords()


class Noting(Argon2):
    """Notes which hashes were tried."""

    def __init__(self) -> None:
        super().__init__(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self.tried: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  argon2 names it so
        self.tried.append(str(hash))
        return super().verify(hash, password)


async def tried(kind: type[Argon2Passwords]) -> tuple[str, list[str]]:
    """A hash, and all that were tried for it, for nobody and for nobody again."""
    noting = Noting()
    passwords = kind(noting)
    hashed = await passwords.hash(WORD)
    for against in (hashed, None, None):
        assert not await passwords.verify("not the password", against)
    passwords.close()
    return hashed, noting.tried


class FreeForNobody(Argon2Passwords):
    """A mutant: where there is no hash, none is tried."""

    async def verify(self, password: str, hashed: str | None) -> bool:
        return hashed is not None and await super().verify(password, hashed)


class TestArgon2Passwords(PasswordHasherContract):
    @pytest.fixture
    def passwords(self) -> Iterator[PasswordHasher]:
        passwords = Argon2Passwords()
        yield passwords
        passwords.close()

    async def test_a_hash_costs_what_owasp_names(self, passwords: PasswordHasher) -> None:
        made = extract_parameters(await passwords.hash(WORD))

        assert (made.type.name, made.memory_cost, made.time_cost, made.parallelism) == ("ID", 19 * 1024, 2, 1)

    async def test_a_cheaper_hash_is_outdated(self, passwords: PasswordHasher) -> None:
        assert passwords.is_outdated(Argon2(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(WORD))

    @pytest.mark.promise("R17")
    async def test_where_there_is_no_hash_one_of_equal_cost_is_tried(self) -> None:
        hashed, hashes = await tried(Argon2Passwords)

        assert [extract_parameters(one) for one in hashes] == [extract_parameters(hashed)] * 3

    @pytest.mark.mutant("R17")
    async def test_hashes_that_cost_nothing_for_nobody_are_caught(self) -> None:
        hashed, hashes = await tried(FreeForNobody)

        assert hashes == [hashed]

    async def test_too_many_are_sent_away_with_a_time_to_come_again(self, passwords: PasswordHasher) -> None:
        for work in (passwords.hash, lambda word: passwords.verify(word, None)):
            ends = await asyncio.gather(*(work(WORD) for _ in range(100)), return_exceptions=True)
            away = [end for end in ends if isinstance(end, UnavailableError)]

            assert 0 < len(away) < 100
            assert {end.retry_after for end in away} == {1.0}
