"""
Making a client when it is first needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from attrs import define, field

T = TypeVar("T")
GRACE = 3.0
"""Seconds that one which is being made may still take when it is no longer needed."""


@define
class Once(Generic[T]):
    """Made by a task of its own, which goes on when who waits for it has no more time; anew if that fails."""

    _make: Callable[[], Coroutine[Any, Any, T]]
    _making: asyncio.Task[T] | None = field(default=None, init=False)

    @property
    def made(self) -> T | None:
        return None if self._making is None or not is_well(self._making) else self._making.result()

    async def get(self) -> T:
        """Raises: whatever making it raised."""
        if self._making is None or (self._making.done() and not is_well(self._making)):
            self._making = asyncio.create_task(self._make())
            self._making.add_done_callback(is_well)
        return await asyncio.shield(self._making)

    async def take(self) -> T | None:
        """To be closed, if it was made. The next who needs one gets another."""
        making, self._making = self._making, None
        if making is not None:
            await asyncio.wait([making], timeout=GRACE)
            making.cancel()
            await asyncio.wait([making])
        return making.result() if making is not None and is_well(making) else None


def is_well(task: asyncio.Task[Any]) -> bool:
    """Whether it came to a good end. Having looked, asyncio does not complain that nobody cared how it ended."""
    return task.done() and not task.cancelled() and task.exception() is None
