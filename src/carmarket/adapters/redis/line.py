"""
The line to Redis: nobody waits long for it, and nobody fails for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, TypeVar

from attrs import define, field
from redis.asyncio import Redis
from redis.exceptions import RedisError

from carmarket.adapters.redis.server import BUDGET, CONNECTIONS, RedisServer

T = TypeVar("T")

LOG = logging.getLogger(__name__)
SHORTEST_REST, LONGEST_REST = 0.05, 0.4
"""Seconds for which Redis is not asked after it did not answer: twice as long each time. It decides again within a
second of its return."""
TELL_EVERY = 10.0
"""Seconds between two lines in the log of the same kind."""


@define
class RedisLine:
    """
    Asks Redis; nobody waits for more than 50 ms.

    A question that nobody waits for any more goes on for a while, so that a connection gets made which takes longer,
    and none is thrown away that still owes an answer. After a failure the line rests, and nobody is held up; then one
    question is let through to see, and the others only after it was answered.
    """

    server: RedisServer
    client: Redis
    budget: float = BUDGET
    """Seconds that anybody waits; tests on a busy machine have more."""
    _turns: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(CONNECTIONS), init=False)
    """First come, first served. The driver's own queue for a connection lets the newest by, and others starve."""
    _under_way: set[asyncio.Task[Any]] = field(factory=set, init=False)
    _rest: float = field(default=0.0, init=False)
    """How long the last rest was; 0 while Redis answers."""
    _until: float = field(default=0.0, init=False)
    _failed_at: float = field(default=0.0, init=False)
    _told: dict[type[BaseException], float] = field(factory=dict, init=False)
    """When each kind of failure was last told."""

    async def ask(self, question: Callable[[], Awaitable[T]], *, insist: bool = False) -> T | None:
        """The answer, or `None` if there was none in time. Who insists asks even while the line rests."""
        begun = monotonic()
        if begun < self._until and not insist:
            return None
        if self._rest:
            self._until = begun + self.budget
        asked = 0.0
        try:
            async with asyncio.timeout(self.budget):
                await self._turns.acquire()
                asked = monotonic()
                answer = await asyncio.shield(self._begun(question()))
        except TimeoutError as error:
            # Who had to wait for a turn knows only that there are many of us, unless that is known already.
            if self._rest or (asked and monotonic() - asked > self.budget / 2):
                self._failed(error, begun)
            return None
        except (RedisError, OSError) as error:
            self._failed(error, begun)
            return None
        self._answered()
        return answer

    async def close(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self.client.aclose()

    def key(self, kind: str, name: object) -> str:
        """Under which something stands."""
        return f"{self.server.prefix}{kind}:{name}"

    def _begun(self, question: Awaitable[T]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(question)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._turns.release()
        self._under_way.discard(task)
        error = None if task.cancelled() else task.exception()
        if error:
            # Told also where nobody waits any more: else one would hear of a wrong certificate only that it took long.
            self._tell(error)

    def _failed(self, error: Exception, begun: float) -> None:
        """What was asked before the last failure fails with it."""
        if begun < self._failed_at:
            return
        self._failed_at = monotonic()
        self._rest = min(max(2 * self._rest, SHORTEST_REST), LONGEST_REST)
        self._until = self._failed_at + self._rest
        self._tell(error)

    def _tell(self, error: BaseException) -> None:
        now, kind = monotonic(), type(error)
        if now > self._told.get(kind, -TELL_EVERY) + TELL_EVERY:
            self._told[kind] = now
            LOG.warning("Redis does not answer: %s", str(error) or kind.__name__)

    def _answered(self) -> None:
        if self._rest:
            LOG.info("Redis answers again.")
        self._rest = self._until = 0.0


@asynccontextmanager
async def open_line(server: RedisServer, budget: float = BUDGET) -> AsyncIterator[RedisLine]:
    """Without a word to Redis."""
    line = RedisLine(server, server.client(), budget)
    try:
        yield line
    finally:
        await line.close()
