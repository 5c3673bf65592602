"""Passwords hashed by Argon2id (RFC 9106) on a thread of their own."""

from __future__ import annotations

from carmarket.adapters.argon2.passwords import Argon2Passwords

__all__ = ["Argon2Passwords"]
