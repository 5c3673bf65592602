"""
What a market keeps, subject by subject: how all of it is read, and how it is written into another market.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from attrs import frozen

from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.services.stock import Stock

T = TypeVar("T")
P = TypeVar("P")
LARGEST_BATCH = 1_000


class Subject(Protocol):
    """
    One kind of what a market keeps.

    Records come in an order that is the same in every store, that of their ids wherever a port has it, so that equal
    markets give equal rows of them.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """As people read it, such as "listings"."""

    @abstractmethod
    def records(self, stock: Stock) -> AsyncIterator[object]:
        """All of them."""

    @abstractmethod
    async def move(self, source: Stock, target: Stock) -> None:
        """Write all that the source has and the target has not."""


@frozen(kw_only=True)
class Kept(Subject, Generic[T]):
    """Records that are read in pages and written as they are."""

    name: str
    pages: Callable[[Stock], AsyncIterator[Sequence[T]]]
    write: Callable[[Stock, Sequence[T]], Awaitable[object]]
    """Up to 1,000 of them; those that are there already are passed over."""

    async def records(self, stock: Stock) -> AsyncIterator[object]:
        async for page in self.pages(stock):
            for one in page:
                yield one

    async def move(self, source: Stock, target: Stock) -> None:
        async for page in self.pages(source):
            await self.write(target, page)


async def paged(
    find: Callable[[P | None], Awaitable[Sequence[T]]], place: Callable[[T], P]
) -> AsyncIterator[Sequence[T]]:
    """Page by page, to the last; `find` gives what is behind the place of the last that was seen."""
    behind: P | None = None
    while page := await find(behind):
        yield page
        behind = place(page[-1])


async def bring(save: Callable[[Change[Any]], Awaitable[None]], states: Sequence[Any]) -> None:
    """Write each as it is, and tell nobody."""
    for state in states:
        with suppress(ConcurrencyConflictError):  # it is there, from a copy that was broken off
            await save(Change.brought(state))
