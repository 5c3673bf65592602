"""
Decisions that stand whatever else happens to their aggregate at that moment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from carmarket.core.change import Aggregate, Change
from carmarket.core.errors import ConcurrencyConflictError

A = TypeVar("A", bound=Aggregate)


class Store(Protocol[A]):
    """A repository, whichever its aggregate is."""

    async def get(self, wanted: Any, /) -> A | None: ...

    async def save(self, change: Change[A], /) -> None: ...


async def insist(store: Store[A], it: A | None, decide: Callable[[A], Change[A]]) -> A | None:
    """Save a decision, made anew where somebody else was faster; `None` if there is nothing to decide on."""
    while it is not None:
        change = decide(it)
        try:
            await store.save(change)
        except ConcurrencyConflictError:
            it = await store.get(it.id)
        else:
            return change.state
    return None
