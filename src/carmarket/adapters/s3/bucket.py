"""
A bucket that is asked in threads, so that nothing waits but who asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from attrs import define, field, frozen
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    IncompleteReadError,
    NoCredentialsError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from carmarket.adapters.s3.server import THREADS, S3Server
from carmarket.core.errors import NotFoundError, UnavailableError
from carmarket.ports.preparing import Preparation
from carmarket.ports.probe import Probe

T = TypeVar("T")

QUEUE_SECONDS = 0.5
"""For a free thread. With 1.5 s for an answer, who asks a store that is away knows in 2."""
PAUSE_SECONDS = 0.1
BROKEN_OFF = (ConnectionClosedError, IncompleteReadError, ResponseStreamingError)
ABSENT = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchBucket"})
REFUSED = frozenset(
    {"401", "403", "AccessDenied", "ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch"}
)
OURS = "BucketAlreadyOwnedByYou"


@define
class S3Bucket:
    """Raises, whatever is asked: UnavailableError; NotFoundError where something is not there."""

    server: S3Server
    client: Any
    _threads: ThreadPoolExecutor
    _free: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(THREADS), init=False)
    _is_there: bool = field(default=False, init=False)

    async def ask(self, operation: str, *, tries: int = 2, **said: Any) -> Any:
        """One of S3's operations on this bucket."""
        return await self.run(partial(getattr(self.client, operation), Bucket=self.server.bucket, **said), tries=tries)

    async def run(self, work: Callable[[], T], *, tries: int = 1) -> T:
        """
        In a thread; once more if it broke off or the store stumbled, and `tries` say so.

        A store that does not answer in time is not asked again: whoever waits has waited enough.
        """
        for left in reversed(range(tries)):
            try:
                return await self._in_thread(work)
            except (ClientError, BotoCoreError) as error:
                if not left or not _may_pass(error):
                    raise _told(error, self.server) from error
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError("unreachable")  # pragma: no cover

    def let_go(self, body: Any) -> None:
        """Close an answer, in a thread: one that still reads of it does not let go before it is done."""
        try:
            self._threads.submit(body.close)
        except RuntimeError:  # all threads have ended with the bucket, so none reads
            body.close()

    async def make(self) -> None:
        """
        Make the bucket unless it is there; nothing in it is public.

        Asked until there was an answer once. Several may ask at the same time: in a queue each would wait for a store
        that hangs as long as all before it.
        """
        if not self._is_there and not await self._found():
            await self._create()
        self._is_there = True

    async def _found(self) -> bool:
        """A bucket that we may write to and not look at is there as far as anybody can say."""
        try:
            await self.run(partial(self.client.head_bucket, Bucket=self.server.bucket), tries=2)
        except NotFoundError:
            return False
        except UnavailableError as error:
            if _code(error.__cause__) != "403":
                raise
        return True

    async def _create(self) -> None:
        region = self.client.meta.region_name
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            await self.ask("create_bucket", tries=2, **where)
        except UnavailableError as error:
            if _code(error.__cause__) != OURS:
                raise

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(QUEUE_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise UnavailableError("The S3 store does not answer; others wait for it already.") from None
        # Who gives up leaves the thread at work, and it is free only when that is done.
        working = asyncio.get_running_loop().run_in_executor(self._threads, work)
        working.add_done_callback(self._done)
        return await asyncio.shield(working)

    def _done(self, working: asyncio.Future[Any]) -> None:
        self._free.release()
        if not working.cancelled():
            working.exception()  # looked at, though nobody may wait for it any more


@frozen
class S3Preparation(Preparation):
    _bucket: S3Bucket

    async def prepare(self) -> str:
        await self._bucket.make()
        return f"the bucket {self._bucket.server.bucket} is there"


@frozen
class S3Probe(Probe):
    _bucket: S3Bucket

    async def version(self) -> str:
        try:
            answer = await self._bucket.ask("get_bucket_location", tries=1)
        except NotFoundError as missing:
            raise UnavailableError("The bucket is not there: run carmarket migrate.") from missing
        told = answer["ResponseMetadata"]["HTTPHeaders"].get("server", "a store that speaks S3")
        return f"{told}, bucket {self._bucket.server.bucket}"


@asynccontextmanager
async def open_bucket(server: S3Server) -> AsyncIterator[S3Bucket]:
    """Without a word to the store: that it is away is noticed by whoever needs it."""
    client = await asyncio.to_thread(server.client)
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="s3")
    try:
        yield S3Bucket(server, client, threads)
    finally:
        await asyncio.to_thread(threads.shutdown, wait=True)
        client.close()


def _code(error: BaseException | None) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def _may_pass(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500)
    return isinstance(error, BROKEN_OFF)


def _told(error: Exception, server: S3Server) -> NotFoundError | UnavailableError:
    where, code = server.endpoint or f"bucket {server.bucket}", _code(error)
    if code in ABSENT:
        return NotFoundError("There is no such blob.", field="key", value=code)
    if code in REFUSED:
        return UnavailableError(f"The S3 store refuses what its key may do ({code}): {where}.", retry_after=60)
    if isinstance(error, NoCredentialsError):
        return UnavailableError("Neither the URL nor the environment has a key for the S3 store.", retry_after=60)
    if isinstance(error, ReadTimeoutError):
        return UnavailableError(f"The S3 store does not answer in time: {where}.")
    return UnavailableError(f"The S3 store does not answer: {error}")
