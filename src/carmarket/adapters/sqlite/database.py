"""
One file: a thread that writes in groups, threads that read, and a bell that rings when something was committed.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from carmarket.adapters.sqlite.connections import connect, prepare
from carmarket.core.errors import UnavailableError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
Order = tuple[Work[Any], "asyncio.Future[Any]"]

READERS = 4
LARGEST_GROUP = 128


class Database:
    """
    Writes of all callers wait in one queue; a group of them shares a transaction, each under a savepoint.

    So a group costs one flush to disk, and one that fails takes no other with it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._loop = asyncio.get_running_loop()
        self._orders: SimpleQueue[Order | None] = SimpleQueue()
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="carmarket-read")
        self._writer = threading.Thread(target=self._write_groups, name="carmarket-write", daemon=True)
        self._bell = asyncio.Event()
        self._is_open = True

    @classmethod
    async def open(cls, path: Path) -> Database:
        """Raises: InvalidError, UnavailableError (see `prepare`)."""
        await asyncio.to_thread(prepare, path)
        database = cls(path)
        database._writer.start()
        return database

    async def close(self) -> None:
        """Finish what is in the queue and let go of the file."""
        self._is_open = False
        self._orders.put(None)
        await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._opened:
            connection.close()

    async def write(self, work: Work[T]) -> T:
        """
        Run the work in a transaction; on return it is on disk.

        A caller that is cancelled does not stop the work. Raises what the work raises, and UnavailableError.
        """
        if not self._is_open:
            raise UnavailableError("The database is closed.")
        done: asyncio.Future[T] = self._loop.create_future()
        self._orders.put((work, done))
        return await done

    async def read(self, work: Work[T]) -> T:
        """Run the work on a connection of its own. Raises what it raises, and UnavailableError."""
        if not self._is_open:
            raise UnavailableError("The database is closed.")
        return await self._loop.run_in_executor(self._readers, self._read, work)

    async def committed(self) -> None:
        """Return once this process has committed something."""
        await self._bell.wait()

    def _read(self, work: Work[T]) -> T:
        try:
            if not hasattr(self._local, "connection"):
                # Closed by whoever closes the database, when no thread uses it any more.
                connection = sqlite3.connect(
                    self.path, isolation_level=None, check_same_thread=False, cached_statements=256
                )
                connection.execute("PRAGMA query_only = 1")
                self._local.connection = connection
                self._opened.append(connection)
            return work(self._local.connection)
        except sqlite3.Error as error:
            raise _unavailable(error) from error

    def _write_groups(self) -> None:
        connection = connect(self.path)
        try:
            while (first := self._orders.get()) is not None:
                group = [first]
                while len(group) < LARGEST_GROUP and (order := self._waiting()) is not None:
                    group.append(order)
                results = self._write_group(connection, group)
                self._loop.call_soon_threadsafe(self._answer, results)
        finally:
            connection.close()

    def _waiting(self) -> Order | None:
        """The next order that is there already; the sign to stop is left where it is."""
        try:
            order = self._orders.get_nowait()
        except Empty:
            return None
        if order is None:
            self._orders.put(None)
        return order

    def _write_group(self, connection: sqlite3.Connection, group: list[Order]) -> list[tuple[asyncio.Future[Any], Any]]:
        try:
            connection.execute("BEGIN IMMEDIATE")
            results = [(done, _under_savepoint(connection, work)) for work, done in group]
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return [(done, _unavailable(error)) for _, done in group]
        return results

    def _answer(self, results: list[tuple[asyncio.Future[Any], Any]]) -> None:
        for done, result in results:
            if done.done():
                continue
            if isinstance(result, BaseException):
                done.set_exception(result)
            else:
                done.set_result(result)
        self._bell.set()
        self._bell = asyncio.Event()


def _under_savepoint(connection: sqlite3.Connection, work: Work[Any]) -> Any:
    """What the work gives, or the exception that it ends with and that leaves no trace of it."""
    connection.execute("SAVEPOINT work")
    try:
        result = work(connection)
    except Exception as error:  # noqa: BLE001  it is handed to the one who asked for the work
        connection.execute("ROLLBACK TO work")
        result = _unavailable(error) if isinstance(error, sqlite3.Error) else error
    connection.execute("RELEASE work")
    return result


def _unavailable(error: sqlite3.Error) -> UnavailableError:
    return UnavailableError(f"The database does not answer: {error}")
