"""
The way to a MongoDB database: durable writes, short waits, and one place where the driver's errors become ours.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias

from pymongo import AsyncMongoClient, ReadPreference
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, ConfigurationError, DuplicateKeyError, InvalidURI, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from carmarket.core.errors import InvalidError, UnavailableError

Document: TypeAlias = dict[str, Any]
Documents: TypeAlias = AsyncCollection[Document]
Database: TypeAlias = AsyncDatabase[Document]

PATIENCE_MS = 1_000
"""For an operation with all that the driver does for it: choosing a server, waiting for a connection, trying again."""
SCHEMES = ("mongodb://", "mongodb+srv://")
DUPLICATE = 11_000
PIECE = 100
"""Of many documents so many are written at once, which a busy server does in time."""
ALL = 2**31


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Database]:
    """
    The database that the URL names. What is acknowledged is in the journals of a majority, and so is what is read.

    Raises: InvalidError for a URL that names none.
    """
    wrong = InvalidError(
        "A MongoDB URL names a server and a database.", field="url", expected="mongodb://host:27017/carmarket"
    )
    if not url.startswith(SCHEMES):
        raise wrong
    try:
        client: AsyncMongoClient[Document] = AsyncMongoClient(
            url,
            appname="carmarket",
            uuidRepresentation="standard",
            serverSelectionTimeoutMS=PATIENCE_MS,
            connectTimeoutMS=PATIENCE_MS,
            socketTimeoutMS=PATIENCE_MS,
            timeoutMS=PATIENCE_MS,
        )
    except (ConfigurationError, InvalidURI, ValueError):
        raise wrong from None  # the driver's words may hold the password
    try:
        try:
            yield client.get_default_database(
                write_concern=WriteConcern("majority", j=True),
                read_concern=ReadConcern("majority"),
                read_preference=ReadPreference.PRIMARY,
            )
        except ConfigurationError:
            raise wrong from None
    finally:
        await client.close()


@contextmanager
def answering() -> Iterator[None]:
    """
    Around every call of the driver.

    Raises: UnavailableError for whatever the driver raises; DuplicateKeyError goes through, for it is an answer.
    """
    try:
        yield
    except DuplicateKeyError:
        raise
    except PyMongoError as error:
        raise UnavailableError(f"The database does not answer: {error}") from error


async def add_new(documents: Documents, new: Sequence[Document]) -> int:
    """Insert those whose ids are not there yet; how many that were. Raises: UnavailableError."""
    return sum([await _add(documents, new[start : start + PIECE]) for start in range(0, len(new), PIECE)])


async def _add(documents: Documents, new: Sequence[Document]) -> int:
    with answering():
        try:
            return len((await documents.insert_many(new, ordered=False)).inserted_ids)
        except BulkWriteError as error:
            told = error.details
            if told["writeConcernErrors"] or any(one["code"] != DUPLICATE for one in told["writeErrors"]):
                raise
            return int(told["nInserted"])


async def delete_some(documents: Documents, wanted: Mapping[str, Any], most: int = ALL) -> int:
    """Delete up to so many; how many went. Raises: UnavailableError."""
    gone = 0
    while ids := await _ids(documents, wanted, most - gone):
        with answering():
            gone += (await documents.delete_many({"_id": {"$in": ids}})).deleted_count
    return gone


async def update_all(documents: Documents, wanted: Mapping[str, Any], change: Mapping[str, Any]) -> None:
    """Update those that are wanted; by that they are it no longer. Raises: UnavailableError."""
    while ids := await _ids(documents, wanted, PIECE):
        with answering():
            await documents.update_many({**wanted, "_id": {"$in": ids}}, change)


async def _ids(documents: Documents, wanted: Mapping[str, Any], most: int) -> Sequence[Any]:
    if most <= 0:  # a limit of 0 would be none
        return []
    with answering():
        return [one["_id"] for one in await documents.find(wanted, {"_id": 1}).limit(min(PIECE, most)).to_list()]
