"""
Fetching once what many ask for at the same time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from attrs import define, field

T = TypeVar("T")


@define
class Flights(Generic[T]):
    """Whoever asks for what is being fetched already waits for that; who gives up leaves it to the others."""

    _under_way: dict[str, asyncio.Task[T]] = field(factory=dict)

    async def join(self, name: str, fetch: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `fetch` brings, this one's or an earlier one's that is still under way. Raises: what it raises."""
        flight = self._under_way.get(name)
        if flight is None:
            flight = self._under_way[name] = asyncio.create_task(fetch())
            flight.add_done_callback(lambda ended: self._land(name, ended))
        return await asyncio.shield(flight)

    def is_current(self, name: str) -> bool:
        """For a fetch, whether what it brings is still wanted: nothing has changed since it began."""
        return self._under_way.get(name) is asyncio.current_task()

    def call_off(self, name: str) -> None:
        """What is under way is old by now: who comes later fetches anew."""
        self._under_way.pop(name, None)

    def _land(self, name: str, flight: asyncio.Task[T]) -> None:
        if self._under_way.get(name) is flight:
            del self._under_way[name]
        if not flight.cancelled():
            flight.exception()  # looked at, for it may be that nobody waits any more
