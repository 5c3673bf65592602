"""
That two markets hold the same: counts and checksums of what is read from each.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from hashlib import sha256

from attrs import frozen

from carmarket.services.copying.subjects import Subject
from carmarket.services.stock import Stock

Canonical = Callable[[object], bytes]
"""Equal records as equal bytes."""


@frozen
class Total:
    """What one side has of a subject."""

    count: int
    checksum: str
    """SHA-256 in hex over all records, each behind its length."""


@frozen(kw_only=True)
class Compared:
    """A subject on both sides."""

    subject: str
    there: Total
    """Where it was copied from."""
    here: Total
    is_equal: bool

    @classmethod
    def of(cls, subject: str, there: Total, here: Total) -> Compared:
        return cls(subject=subject, there=there, here=here, is_equal=there == here)


async def total_of(subject: Subject, stock: Stock, canonical: Canonical) -> Total:
    """Read all of it, for what was sent proves nothing."""
    count, checksum = 0, sha256()
    async for record in subject.records(stock):
        data = canonical(record)
        checksum.update(len(data).to_bytes(8, "big"))
        checksum.update(data)
        count += 1
    return Total(count, checksum.hexdigest())


async def has_only(subject: Subject, target: Stock, *, of: Stock, canonical: Canonical) -> bool:
    """
    Whether all that the target has is at the source as it is here.

    Both give their records in one order, so one walk along the source meets them all.
    """
    known = _digests(subject, of, canonical)
    async for wanted in _digests(subject, target, canonical):
        async for found in known:
            if found == wanted:
                break
        else:
            return False
    return True


async def _digests(subject: Subject, stock: Stock, canonical: Canonical) -> AsyncIterator[bytes]:
    async for record in subject.records(stock):
        yield sha256(canonical(record)).digest()
