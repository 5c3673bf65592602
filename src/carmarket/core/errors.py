"""
What can go wrong, by kind. Each error has a stable `code`; entrypoints map kinds to a status or an exit code.
"""

from __future__ import annotations

from typing import ClassVar


class CarmarketError(Exception):
    """
    The root of all errors that carmarket raises on purpose.

    `field`, `value` and `expected` say which input was wrong, what was given and what would be right.
    """

    code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        value: object = None,
        expected: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.value = value
        self.expected = expected


class InvalidError(CarmarketError):
    """The input breaks a rule of the trade, whatever the state of the market."""

    code = "invalid"


class UnauthenticatedError(CarmarketError):
    """Nobody knows who is asking."""

    code = "unauthenticated"


class ForbiddenError(CarmarketError):
    """The actor is known and may not do this."""

    code = "forbidden"


class NotFoundError(CarmarketError):
    """There is no such thing, or the actor may not know of it."""

    code = "not-found"


class ConflictError(CarmarketError):
    """The thing is in a state that does not allow this."""

    code = "conflict"


class StaleError(CarmarketError):
    """The caller decided on a version that is no longer the newest."""

    code = "stale"


class ConcurrencyConflictError(StaleError):
    """Somebody else changed the aggregate between its reading and its saving."""

    code = "concurrency-conflict"


class IllegalTransitionError(ConflictError):
    """The lifecycle has no such step from the present state."""

    code = "illegal-transition"


class VinTakenError(ConflictError):
    """Another live listing has this VIN."""

    code = "vin-taken"


class KeyReusedError(InvalidError):
    """An Idempotency-Key came again with another request."""

    code = "idempotency-key-reused"


class CursorExpiredError(StaleError):
    """The view that a cursor walks through is no longer kept; begin again."""

    code = "cursor-expired"


class LimitedError(CarmarketError):
    """Too much at once; `retry_after` says when to come again, in seconds."""

    code = "limited"

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnavailableError(CarmarketError):
    """A component that is needed does not answer; `retry_after` says when to come again, in seconds."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after
