"""
A pool of connections: what a command sends, and what becomes of a server that does not answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from psycopg import AsyncConnection, AsyncCursor, Error, OperationalError
from psycopg.errors import DeadlockDetected, SerializationFailure, UndefinedTable, UniqueViolation
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from carmarket.core.errors import UnavailableError

T = TypeVar("T")
LOG = logging.getLogger("carmarket.postgres")
Values = Mapping[str, Any]
Row = tuple[Any, ...]
DEADLINE = 1.0
"""Seconds for a statement, and for a free connection."""
LONG_DEADLINE = 10.0
"""For a batch of a thousand."""
ANSWER, LONG_ANSWER = 1.4, 15.0
"""Seconds until a caller is sent away in any case."""
CONNECTIONS = 20
MOST_WAITING = 500
"""More callers at once are sent away rather than kept waiting for a connection that they will not get in time."""
TRIES = 5
OVERTAKEN = (DeadlockDetected, SerializationFailure, UniqueViolation)
"""What a transaction meets that another was faster than; begun anew it sees what that has written."""


class Database:
    """
    Statements by one round trip each; a transaction where one statement does not do.

    The pool has no bound on who waits, for one that has given up would never connect again: here is the bound.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._room = asyncio.Semaphore(MOST_WAITING)
        self._pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            url, min_size=1, max_size=CONNECTIONS, timeout=DEADLINE, reconnect_timeout=5, open=False,
            check=AsyncConnectionPool.check_connection, kwargs=connecting(),
        )  # fmt: skip
        self._is_open = False
        self._abandoned: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        if self._is_open:
            self._is_open = False
            await self._pool.close(timeout=2)

    async def rows(self, sql: str, values: Values | None = None) -> Sequence[Row]:
        """Run one statement; what it returns. Raises: UnavailableError, and what the database has against it."""

        async def run() -> Sequence[Row]:
            async with self._cursor() as cursor:
                await cursor.execute(sql, values, prepare=True)
                return await cursor.fetchall() if cursor.description else ()

        return await self._within(run(), ANSWER)

    async def row(self, sql: str, values: Values | None = None) -> Row | None:
        found = await self.rows(sql, values)
        return found[0] if found else None

    async def count(self, sql: str, values: Values | Sequence[Values]) -> int:
        """Run one statement that returns nothing, or the same for many; how many rows it has touched."""

        async def run() -> int:
            async with self._cursor() as cursor:
                if isinstance(values, Mapping):
                    await cursor.execute(sql, values, prepare=True)
                else:
                    async with cursor.connection.transaction():
                        await cursor.executemany(sql, values)
                return max(cursor.rowcount, 0)

        return await self._within(run(), ANSWER if isinstance(values, Mapping) else LONG_ANSWER)

    async def transact(self, work: Callable[[AsyncCursor[TupleRow]], Awaitable[T]], *, is_long: bool = False) -> T:
        """
        Run the work in a transaction, anew where another was faster. It has no effect but on the database.

        Raises: UnavailableError; what the work raises.
        """

        async def run() -> T:
            async with self._cursor() as cursor:
                for left in reversed(range(TRIES)):
                    try:
                        async with cursor.connection.transaction():
                            if is_long:
                                await cursor.execute(f"SET LOCAL statement_timeout = {LONG_DEADLINE * 1000:.0f}")
                            return await work(cursor)
                    except OVERTAKEN as error:
                        if not left:
                            raise unavailable(error) from error
            raise AssertionError("the last try returns or raises")

        return await self._within(run(), LONG_ANSWER if is_long else ANSWER)

    async def _within(self, running: Coroutine[Any, Any, T], seconds: float) -> T:
        """
        Wait so long for an answer and no longer.

        A server that hangs ends no statement by its own clock; and the driver, when it is cancelled, asks the server
        first. Nobody waits for that: what is abandoned cleans up behind itself.
        """
        task = asyncio.create_task(running)
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
        except asyncio.CancelledError:
            self._abandon(task)
            raise
        if not done:
            self._abandon(task)
            raise UnavailableError("The database does not answer in time.")
        return task.result()

    def _abandon(self, task: asyncio.Task[Any]) -> None:
        task.cancel()
        self._abandoned.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._abandoned.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            LOG.info("what nobody waits for any more ended: %s", error)

    @asynccontextmanager
    async def _cursor(self) -> AsyncIterator[AsyncCursor[TupleRow]]:
        if self._room.locked():
            raise UnavailableError("Too many wait for the database.")
        async with self._room:
            with _answering():
                if not self._is_open:
                    self._is_open = True
                    await self._pool.open()
                async with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
                    yield cursor


def connecting() -> dict[str, Any]:
    """How each connection is made: what takes too long ends by itself, at the server as well as here."""
    limits = f"-c statement_timeout={DEADLINE * 1000:.0f} -c lock_timeout={DEADLINE * 1000:.0f}"
    return {
        "autocommit": True, "connect_timeout": 2, "options": limits, "prepare_threshold": 1,
        "tcp_user_timeout": int(DEADLINE * 1500), "keepalives_idle": 5, "keepalives_interval": 1,
    }  # fmt: skip


def unavailable(error: Exception) -> UnavailableError:
    return UnavailableError(f"The database does not answer: {error}")


class _answering:  # noqa: N801  read as a phrase: with _answering()
    """Tells what a driver says of a server that is away in the words of the ports."""

    def __enter__(self) -> None:
        """Nothing is to be done before."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, UndefinedTable):
            raise UnavailableError("The database is not prepared: run carmarket migrate.") from error
        if isinstance(error, (OperationalError, PoolTimeout, TimeoutError)) or type(error) is Error:
            raise unavailable(error) from error
