"""
Cursors as opaque signed text: a client can hand one back, and neither read nor make one.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Generic, TypeVar

import msgspec
from attrs import evolve, field, frozen

from carmarket.codec.signing import Signer
from carmarket.core.errors import InvalidError
from carmarket.core.search.query import SearchQuery

T = TypeVar("T")
DIGEST = 8


class ForgedCursorError(InvalidError):
    """The cursor was not made here, or was made for another query."""

    code = "cursor-forged"


@frozen
class CursorCodec(Generic[T]):
    """
    Signs positions of one kind.

    A cursor holds the digest of what was asked, so that it cannot be used to walk through something else.
    """

    kind: type[T]
    _secret: bytes = field(repr=False)

    def encode(self, cursor: T, asked: bytes) -> str:
        """`asked` is whatever tells the query apart, such as `query_key(query)`."""
        return self._signer.sign(_digest(asked) + msgspec.msgpack.encode(cursor))

    def decode(self, text: str, asked: bytes) -> T:
        """
        The position.

        Raises: ForgedCursorError.
        """
        body = self._signer.read(text)
        if body is None or body[:DIGEST] != _digest(asked):
            raise ForgedCursorError(
                "This cursor was not given out for this query.",
                field="cursor",
                value=text[:80],
                expected="the `next` of an earlier page of the same query",
            )
        return msgspec.msgpack.decode(body[DIGEST:], type=self.kind)

    @property
    def _signer(self) -> Signer:
        return Signer(self._secret)


def query_key(query: SearchQuery) -> bytes:
    """What tells two searches apart: all of the query but the kinds of its words, which the index decides."""
    plain = evolve(query, terms=(), words=" ".join([query.words, *(term.text for term in query.terms)]))
    return msgspec.json.encode(plain, order="deterministic")


def _digest(asked: bytes) -> bytes:
    return sha256(asked).digest()[:DIGEST]
