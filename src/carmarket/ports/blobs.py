"""
Where pictures and files are kept.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Protocol

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


BLOBS = Port[BlobStore]("blobs")


def demand_key(key: str) -> None:
    """Raises: InvalidError for what is no key of a blob."""
    if not KEY.fullmatch(key) or len(key) > LONGEST_KEY or {".", ".."} & set(key.split("/")):
        raise InvalidError(
            "This is no key of a blob.",
            field="key",
            value=key[:80],
            expected="letters, digits, '.', '_' and '-', up to 200 in a part, with '/' between parts",
        )
