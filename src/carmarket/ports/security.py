"""
Who is asking: tokens that vouch for an actor, and secrets for signatures.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Any, Protocol

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.ports.offer import Port


@frozen
class Vouched:
    """Whom a token vouches for, and since when."""

    actor: Actor
    issued_at: datetime
    """To the millisecond."""


class TokenVerifier(Protocol):
    """From a bearer token to the actor it vouches for, and the way back."""

    @abstractmethod
    def verify(self, token: str, *, now: datetime) -> Vouched:
        """
        The actor as it was signed, and when.

        Raises: UnauthenticatedError for a token that is forged, not made here, of another kind or out of date.
        """

    @abstractmethod
    def sign(self, actor: Actor, *, now: datetime, lifetime: timedelta) -> str:
        """A token that vouches for the actor until `now + lifetime`."""

    @abstractmethod
    def jwks(self) -> dict[str, Any]:
        """The public keys that verify the tokens, as a JSON Web Key Set (RFC 7517); never a private part."""


class Secrets(Protocol):
    """Secrets derived from one that is kept safe."""

    @abstractmethod
    def secret(self, purpose: str) -> bytes:
        """32 bytes: the same for the same purpose on this market, and of no use for another purpose."""

    @abstractmethod
    def random_bytes(self, count: int) -> bytes:
        """Bytes that nobody can guess, never the same."""


class PasswordHasher(Protocol):
    """Passwords as hashes that are costly to guess."""

    @abstractmethod
    async def hash(self, password: str) -> str:
        """
        The hash, with its salt and cost in it.

        Raises: UnavailableError when too many wait already.
        """

    @abstractmethod
    async def verify(self, password: str, hashed: str | None) -> bool:
        """
        Whether this is the password; without a hash it costs the same and is not.

        Raises: UnavailableError when too many wait already.
        """

    @abstractmethod
    def is_outdated(self, hashed: str) -> bool:
        """Whether the hash costs less than new ones do, and should be made anew at the next log-in."""

    @abstractmethod
    def is_common(self, password: str) -> bool:
        """Whether it is among the passwords that are tried first."""


TOKENS = Port[TokenVerifier]("tokens")
SECRETS = Port[Secrets]("secrets")
PASSWORDS = Port[PasswordHasher]("passwords")
