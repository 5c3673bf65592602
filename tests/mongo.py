"""
Databases of their own on the MongoDB server that all tests share.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from pymongo import MongoClient

from carmarket.adapters.mongo import offer as mongo_offer
from carmarket.ports.offer import Offer
from tests.contracts.outboxed import with_log


@contextmanager
def new_database(url: str) -> Iterator[str]:
    """The URL of a database that nobody has used, on the server of this one; it is dropped at the end."""
    name = f"t{uuid4().hex}"
    yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=5_000)
    with client:
        client.drop_database(name)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Offer]:
    """New, empty stores on this server, and a log of what they tell."""
    with new_database(url) as fresh:
        async with mongo_offer(fresh) as offer:
            yield with_log(offer)
