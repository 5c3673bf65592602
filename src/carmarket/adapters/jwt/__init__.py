"""Tokens as signed JSON (RFC 7519, RFC 9068), and secrets, from one key file."""

from __future__ import annotations

from carmarket.adapters.jwt.keys import KeyFileSecrets, open_key_file
from carmarket.adapters.jwt.tokens import JwtTokens

__all__ = ["JwtTokens", "KeyFileSecrets", "open_key_file"]
