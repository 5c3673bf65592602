"""
The Change: what a decision leads to, and what a repository saves in one atomic step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from attrs import evolve, frozen

from carmarket.core.events import Event


class Aggregate(Protocol):
    """What can change: it has an id and a version, which is 1 at birth and grows by one with every event."""

    @property
    def id(self) -> UUID: ...

    @property
    def version(self) -> int: ...


A = TypeVar("A", bound=Aggregate)


@frozen(kw_only=True)
class Change(Generic[A]):
    """
    A decision about one aggregate: the version it started from (0: new), the new state, the events that tell it.

    A decision that alters nothing has no events and the version it started from.
    """

    base: int
    state: A
    events: tuple[Event, ...]

    @classmethod
    def brought(cls, state: A) -> Change[A]:
        """What comes from another market as it is; what led to it was told there."""
        return cls(base=0, state=state, events=())

    @property
    def is_empty(self) -> bool:
        return not self.events and self.state.version == self.base

    def then(self, decide: Callable[[A], Change[A]]) -> Change[A]:
        """Chain another decision; the change keeps the first base and tells both stories."""
        following = decide(self.state)
        return evolve(following, base=self.base, events=(*self.events, *following.events))
