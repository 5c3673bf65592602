"""
On which version a decision was made, and by which request an aggregate came to be: what everybody asks alike.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from carmarket.core.change import Aggregate, Change
from carmarket.core.errors import ConcurrencyConflictError, KeyReusedError, StaleError


class Requested(Protocol):
    """What a request made, and keeps the fingerprint of it."""

    @property
    def fingerprint(self) -> str | None: ...


R = TypeVar("R", bound=Requested)


def demand_newest(it: Aggregate, expected: int | None, *, what: str) -> None:
    """Raises: StaleError if the caller says on which version it decided, and that is not the newest."""
    if expected is not None and expected != it.version:
        raise StaleError(f"The {what} has changed since.", field="version", value=expected, expected=str(it.version))


def demand_base(stored: Aggregate | None, change: Change[Any], *, what: str) -> None:
    """Raises: ConcurrencyConflictError unless the change started from what is stored (0: from nothing)."""
    version = stored.version if stored else 0
    if version != change.base:
        raise changed_meanwhile(change.base, version, what=what)


def changed_meanwhile(base: int, version: int, *, what: str) -> ConcurrencyConflictError:
    """What a store says to a change that started from another version than it has."""
    return ConcurrencyConflictError(
        f"The {what} was changed in the meantime.", field="version", value=base, expected=str(version)
    )


def repeated(known: R, fingerprint: str | None) -> R:
    """
    What an earlier request under the same Idempotency-Key has made.

    Raises: KeyReusedError if that was another request.
    """
    if known.fingerprint != fingerprint:
        raise KeyReusedError(
            "This key came before with another request.",
            field="Idempotency-Key",
            expected="a new key for a new request",
        )
    return known
