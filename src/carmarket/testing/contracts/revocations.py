"""
The law of `Revocations`, as tests.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from carmarket.core.users.ids import UserId
from carmarket.ports.revocations import KEPT, Revocations

ANN, BOB = UserId(UUID(int=1)), UserId(UUID(int=2))
NOON = datetime(2026, 1, 1, 12, 0, 0, 123_000, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Pass = Callable[[timedelta], Awaitable[None]]


class RevocationsContract:
    """Give a fixture `revocations`, new and empty, and a fixture `time` that lets its clock go on."""

    async def test_nothing_is_known_of_who_was_not_told(self, revocations: Revocations) -> None:
        await revocations.revoke(ANN, NOON)

        assert await revocations.revoked_at(ANN) == NOON
        assert await revocations.revoked_at(BOB) is None

    async def test_the_latest_moment_stands_in_whichever_order_they_come(self, revocations: Revocations) -> None:
        for minutes in (1, 3, 2):
            await revocations.revoke(ANN, NOON + minutes * MINUTE)

        assert await revocations.revoked_at(ANN) == NOON + 3 * MINUTE

    async def test_the_moment_comes_back_in_utc_and_to_the_millisecond(self, revocations: Revocations) -> None:
        paris = timezone(timedelta(hours=1))
        await revocations.revoke(ANN, (NOON + timedelta(microseconds=456)).astimezone(paris))
        told = await revocations.revoked_at(ANN)

        assert told == NOON
        assert told.utcoffset() == timedelta(0)

    async def test_it_is_forgotten_with_the_last_token(self, revocations: Revocations, time: Pass) -> None:
        await revocations.revoke(ANN, NOON)
        await time(KEPT - MINUTE)
        await revocations.revoke(BOB, NOON)
        assert await revocations.revoked_at(ANN) == NOON
        await time(2 * MINUTE)

        assert await revocations.revoked_at(ANN) is None
        assert await revocations.revoked_at(BOB) == NOON

    async def test_who_is_told_again_is_kept_anew(self, revocations: Revocations, time: Pass) -> None:
        await revocations.revoke(ANN, NOON)
        await time(KEPT - MINUTE)
        await revocations.revoke(ANN, NOON - MINUTE)
        await time(2 * MINUTE)

        assert await revocations.revoked_at(ANN) == NOON
