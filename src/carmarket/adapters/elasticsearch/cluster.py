"""
The servers: where they are, how long they may take, and what it means when they do not answer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import field, frozen
from elasticsearch import ApiError, AsyncElasticsearch, BadRequestError, TransportError

from carmarket.adapters.elasticsearch.resting import Rest
from carmarket.core.errors import InvalidError, UnavailableError

SEARCH_SECONDS = 0.3
"""What a search may take, all its requests together; a person waits for it."""
WRITE_SECONDS = 30.0
"""What one request that writes, or makes and removes indices, may take; a job waits for it."""
PREFIX = re.compile("[a-z][a-z0-9_-]{0,99}")
"""Without a dot, which parts it from the number of a generation: no market's pattern catches another's indices."""


@frozen(kw_only=True)
class Cluster:
    """A client that connects when it is first used, and the prefix of what is ours there."""

    client: AsyncElasticsearch
    prefix: str
    search_seconds: float = SEARCH_SECONDS
    rest: Rest = field(factory=Rest)

    @classmethod
    def at(cls, url: str, *, search_seconds: float = SEARCH_SECONDS) -> Cluster:
        """Raises: InvalidError."""
        try:
            parts = urlsplit(url)
            options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
            scheme = {"true": "https", "false": "http"}[options.pop("tls", "false")]
            port = parts.port or 9200
        except (ValueError, KeyError):
            raise _refused() from None
        prefix = parts.path.strip("/") or "carmarket"
        if parts.scheme != "elasticsearch" or not parts.hostname or options or not PREFIX.fullmatch(prefix):
            raise _refused()
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        # Repeating is the callers' affair: they know what may be repeated, and how long it may take.
        client = AsyncElasticsearch(
            f"{scheme}://{host}:{port}", basic_auth=login, request_timeout=WRITE_SECONDS, max_retries=0
        )
        return cls(client=client, prefix=prefix, search_seconds=search_seconds)

    async def close(self) -> None:
        await self.client.close()

    @asynccontextmanager
    async def searching(self) -> AsyncIterator[AsyncElasticsearch]:
        """For as long as a search may take. Raises: UnavailableError, at once after some that were not answered."""
        self.rest.demand_awake()
        try:
            async with self.writing() as client, asyncio.timeout(self.search_seconds):
                yield client
        except UnavailableError:
            self.rest.failed()
            raise
        self.rest.answered()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncElasticsearch]:
        """Raises: UnavailableError."""
        try:
            yield self.client
        except BadRequestError:
            raise  # what we asked makes no sense: to try again would hide it
        except (ApiError, TransportError, TimeoutError) as wrong:
            raise UnavailableError("The search index does not answer.") from wrong


def _refused() -> InvalidError:
    # Without what was given: it may hold a password.
    return InvalidError(
        "An Elasticsearch URL names a server and a prefix.",
        field="url",
        expected="elasticsearch://user:password@host:9200/prefix?tls=true",
    )
