"""
Tokens and secrets: memory and the key file's.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from carmarket.adapters.jwt import open_key_file
from carmarket.adapters.memory import MemorySecrets, MemoryTokens
from carmarket.ports.security import Secrets, TokenVerifier
from carmarket.testing.contracts.security import SecretsContract, TokenVerifierContract


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
