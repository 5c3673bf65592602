"""
Whether what many clients saw at once can be told as if it had happened one call after the other.

A history that can is linearizable (Herlihy and Wing, 1990). The search is that of Wing and Gong (1993), which never
looks twice at the same calls done with the same state reached (Lowe, 2017).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from itertools import count
from operator import attrgetter
from time import monotonic_ns
from typing import Any, TypeVar

from attrs import define, field, frozen

A = TypeVar("A")
S = TypeVar("S", bound=Hashable)
Step = Callable[[S, Any, Any], S | None]
"""From a state, a question and its answer to the state after it; `None` if that state does not answer so."""


@frozen(kw_only=True)
class Call:
    """
    A question to one thing, its answer, and between which two moments it was under way.

    Moments are of any clock that all clients share; calls that touch in one moment count as being at once.
    """

    key: Hashable
    """The thing that was asked; each is explained for itself."""
    asked: Any
    answered: Any
    began: int
    ended: int


@define
class History:
    """What clients asked and were told, as it happens."""

    now: Callable[[], int] = monotonic_ns
    """The same for all processes of one machine."""
    calls: list[Call] = field(factory=list)

    async def note(self, key: Hashable, asked: object, answering: Awaitable[A]) -> A:
        """Wait for the answer and note it."""
        began = self.now()
        answered = await answering
        self.calls.append(Call(key=key, asked=asked, answered=answered, began=began, ended=self.now()))
        return answered


def counted() -> History:
    """A history that numbers its moments, for clients on one event loop; the same run gives the same history."""
    return History(now=count().__next__)


def unexplained(calls: Sequence[Call], first: S, step: Step[S]) -> Sequence[Hashable]:
    """The things whose answers no order of the calls explains, from the state `first` on."""
    by_key: dict[Hashable, list[Call]] = defaultdict(list)
    for call in calls:
        by_key[call.key].append(call)
    return [key for key, asked in by_key.items() if one_order(asked, first, step) is None]


def one_order(calls: Sequence[Call], first: S, step: Step[S]) -> Sequence[Call] | None:
    """
    An order of the calls that explains every answer, in which none comes before one that ended before it began.

    `None` if there is no such order. Long histories are no trouble, but what it costs doubles with every further
    call of one key that is under way at once: up to ten or so.
    """
    ordered = sorted(calls, key=attrgetter("began"))
    done: list[Call] = []
    trail = [_continuations(ordered, 0, 0, first, step)]
    seen: set[tuple[int, int, S]] = set()
    while len(done) < len(ordered):
        found = next(trail[-1], None)
        if found is None:
            trail.pop()
            if not trail:
                return None
            done.pop()
            continue
        call, low, ahead, state = found
        if (low, ahead, state) not in seen:
            seen.add((low, ahead, state))
            done.append(call)
            trail.append(_continuations(ordered, low, ahead, state, step))
    return done


def _continuations(
    ordered: Sequence[Call], low: int, ahead: int, state: S, step: Step[S]
) -> Iterator[tuple[Call, int, int, S]]:
    """
    Which calls can come next, and what is then done.

    All calls below `low` are done, and those above it whose bit is set in `ahead`.
    """
    earliest_end = None
    for at in range(low, len(ordered)):
        call = ordered[at]
        if earliest_end is not None and call.began > earliest_end:
            return
        if ahead >> (at - low) & 1:
            continue
        earliest_end = call.ended if earliest_end is None else min(earliest_end, call.ended)
        following = step(state, call.asked, call.answered)
        if following is not None:
            yield call, *_without_the_done(low, ahead | 1 << (at - low)), following


def _without_the_done(low: int, ahead: int) -> tuple[int, int]:
    while ahead & 1:
        low, ahead = low + 1, ahead >> 1
    return low, ahead
