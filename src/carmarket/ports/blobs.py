"""
Where pictures and files are kept.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from datetime import timedelta
from typing import Literal, Protocol

from attrs import frozen

from carmarket.core.errors import InvalidError
from carmarket.ports.offer import Port

CHUNK = 256 * 1024
KEY = re.compile(r"[A-Za-z0-9._-]{1,200}(?:/[A-Za-z0-9._-]{1,200})*")
LONGEST_KEY = 500


@frozen
class BlobInfo:
    """What is known of a blob without reading it."""

    size: int
    """Bytes."""
    content_type: str


class BlobStore(Protocol):
    """
    Bytes under keys such as "photos/0a/large.jpg".

    - A key is one or more parts of letters, digits, ".", "_" and "-" with "/" between them, none of them "." or
      "..", none longer than 200, 500 in all: anything else is an InvalidError. Keys that differ only in case are
      different keys.
    - `put` is atomic: a reader sees the whole old blob or the whole new one, also after a crash.
    - A store that does not answer raises UnavailableError.
    """

    @abstractmethod
    async def put(self, key: str, data: bytes | AsyncIterable[bytes], *, content_type: str) -> BlobInfo:
        """Keep the bytes under the key, in place of what was there. A stream is never held in memory as a whole."""

    @abstractmethod
    async def info(self, key: str) -> BlobInfo | None:
        """Size and type, or `None`."""

    @abstractmethod
    async def get(self, key: str) -> bytes | None:
        """All of it, or `None`."""

    @abstractmethod
    def stream(self, key: str) -> AsyncGenerator[bytes, None]:
        """
        Piece by piece, each of up to 256 KiB. Who stops early closes it.

        Raises: NotFoundError at the first piece if there is no such blob.
        """

    @abstractmethod
    async def delete(self, key: str) -> None:
        """Forget it; one that is not there is no error."""

    @abstractmethod
    def keys(self, prefix: str = "") -> AsyncIterator[str]:
        """All keys that begin with the prefix, sorted."""


@frozen(kw_only=True)
class UploadTicket:
    """With which somebody puts one blob into the store."""

    method: Literal["POST", "PUT"]
    """POST sends a form (RFC 7578): the fields, and then the bytes as its last field, "file". PUT sends the bytes."""
    url: str
    fields: Mapping[str, str]
    """Of the form, or headers."""


class DirectUploads(Protocol):
    """
    Tickets for those who put a large blob straight into the store, past the market.

    - A ticket is for one key, one content type, one size and one stretch of time. Anything else is refused by the
      store, and then nothing is written. It lets nobody read.
    - Until it ends it may be used again, and the newest bytes stand.
    - What comes so is as strange as any upload: nobody has looked at it.
    """

    @abstractmethod
    async def ticket(self, key: str, *, content_type: str, size: int, lifetime: timedelta) -> UploadTicket:
        """
        For a blob of exactly so many bytes, from now on.

        Raises: InvalidError for a wrong key, a size that is not 1 byte to 5 GB, or a lifetime that is not a second to
            an hour; UnavailableError.
        """


BLOBS = Port[BlobStore]("blobs")
DIRECT_UPLOADS = Port[DirectUploads]("direct-uploads")
LARGEST_UPLOAD = 5 * 10**9
SHORTEST_TICKET, LONGEST_TICKET = timedelta(seconds=1), timedelta(hours=1)


def demand_key(key: str) -> None:
    """Raises: InvalidError for what is no key of a blob."""
    if not KEY.fullmatch(key) or len(key) > LONGEST_KEY or {".", ".."} & set(key.split("/")):
        raise InvalidError(
            "This is no key of a blob.",
            field="key",
            value=key[:80],
            expected="letters, digits, '.', '_' and '-', up to 200 in a part, with '/' between parts",
        )


def demand_ticket(key: str, size: int, lifetime: timedelta) -> None:
    """Raises: InvalidError for what no ticket is given for."""
    demand_key(key)
    if not 1 <= size <= LARGEST_UPLOAD:
        raise InvalidError("This is no size of a blob.", field="size", value=size, expected=f"1 to {LARGEST_UPLOAD}")
    if not SHORTEST_TICKET <= lifetime <= LONGEST_TICKET:
        raise InvalidError(
            "A ticket is for a while.", field="lifetime", value=str(lifetime), expected="a second to an hour"
        )
