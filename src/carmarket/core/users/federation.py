"""
Log-ins with an account elsewhere (OpenID Connect): what such a log-in shows, and what one that was begun hands back.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from attrs import frozen

from carmarket.core.errors import InvalidError, UnauthenticatedError
from carmarket.core.users.ids import UserId
from carmarket.core.users.user import Identity

LASTING = timedelta(minutes=10)
"""So long somebody has to log in elsewhere and come back."""
LONGEST = 2_048
BETWEEN = "\n"
PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*/?")
"""A plain path: nothing in it is read in two ways."""
LONGEST_PATH = 200


@frozen(kw_only=True)
class Proof:
    """What a provider has shown of somebody, once everything about it was verified."""

    identity: Identity
    email: str | None
    is_email_verified: bool
    """The provider itself says that letters to the address reach the person."""
    name: str | None


@frozen(kw_only=True)
class Transaction:
    """
    A log-in that was begun on one device and goes on there: the device keeps it sealed, nobody else has it.

    State, nonce and verifier are derived from the id and a secret of the market, and are not in the sealed text: who
    reads it, or the address that the person was sent to, can make neither of the others from it.
    """

    id: bytes
    """128 random bits."""
    provider: str
    redirect_uri: str
    """Where the person comes back to."""
    ends: datetime
    user_id: UserId | None = None
    """Who wants to be known by an identity elsewhere; `None`: somebody who logs in."""

    def sealed(self, secret: bytes) -> str:
        """As the device keeps it."""
        return f"{_encode(self._plain())}.{self._derived(secret, 'seal', self._plain())}"

    def state(self, secret: bytes) -> str:
        """Comes back with the person, and binds the answer to this device (RFC 6749, 10.12)."""
        return self._derived(secret, "state", self.id)

    def nonce(self, secret: bytes) -> str:
        """Comes back inside the id token, and binds it to this log-in (OpenID Connect Core 1.0, 15.5.2)."""
        return self._derived(secret, "nonce", self.id)

    def verifier(self, secret: bytes) -> str:
        """Is told to the provider alone, when the code is redeemed (RFC 7636, 4.1)."""
        return self._derived(secret, "verifier", self.id)

    def demand_state(self, state: str, secret: bytes) -> None:
        """Raises: UnauthenticatedError for the state of another log-in."""
        if not hmac.compare_digest(self.state(secret).encode(), state.encode("utf-8", "replace")):
            raise not_begun()

    def _plain(self) -> bytes:
        whose = "" if self.user_id is None else self.user_id.hex
        ends = str(int(self.ends.timestamp()))
        return BETWEEN.join((self.id.hex(), ends, self.provider, whose, self.redirect_uri)).encode()

    @staticmethod
    def _derived(secret: bytes, purpose: str, about: bytes) -> str:
        return _encode(hmac.digest(secret, purpose.encode() + b"\x00" + about, "sha256"))


def opened(text: str, secret: bytes, *, now: datetime) -> Transaction:
    """
    The transaction that a device has kept.

    Raises: UnauthenticatedError for one that was not sealed here, or too long ago.
    """
    body, _, _ = text.partition(".")
    try:
        if len(text) > LONGEST:
            raise not_begun()
        known_as, ends, provider, whose, redirect_uri = _decode(body).decode().split(BETWEEN)
        transaction = Transaction(
            id=bytes.fromhex(known_as),
            provider=provider,
            redirect_uri=redirect_uri,
            ends=datetime.fromtimestamp(int(ends), UTC),
            user_id=UserId(UUID(hex=whose)) if whose else None,
        )
    except (ValueError, OverflowError, OSError):
        raise not_begun() from None
    is_ours = hmac.compare_digest(transaction.sealed(secret).encode(), text.encode("utf-8", "replace"))
    if not is_ours or now >= transaction.ends:
        raise not_begun()
    return transaction


def challenge_of(verifier: str) -> str:
    """What the verifier is recognised by before it is told (RFC 7636, 4.2, S256)."""
    return _encode(sha256(verifier.encode("ascii")).digest())


def demand_on(site: str, redirect_uri: str) -> None:
    """Raises: InvalidError for an address that is not plainly one of the site's."""
    path = redirect_uri.removeprefix(site)
    is_on = redirect_uri.startswith(site) and len(path) <= LONGEST_PATH and PATH.fullmatch(path)
    if not is_on:
        raise InvalidError(
            "People come back to the market's own site.", field="redirect_uri", value=redirect_uri,
            expected=f"a plain path on {site}",
        )  # fmt: skip


def not_begun() -> UnauthenticatedError:
    return UnauthenticatedError("This log-in was not begun on this device, or too long ago: begin it again.")


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
