"""
An event loop whose every choice follows from a seed, so that a race that was found can be run again.

    def test_nobody_is_booked_twice():
        explore(two_customers_want_one_slot, range(300))  # a failure says which seed replays it
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextvars import Context
from functools import wraps
from inspect import iscoroutinefunction
from random import Random  # noqa: TID251  its seed is an argument
from typing import Any, TypeVar, TypeVarTuple, cast

from attrs import frozen

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Story = Callable[[], Coroutine[Any, Any, object]]


class StuckError(RuntimeError):
    """Everybody waits, and nothing will ever wake them."""


class SeededLoop(asyncio.BaseEventLoop):
    """
    Runs what is ready in an order that the seed decides; its time goes on only when all wait for it.

    One seed is one interleaving, on any machine. `asyncio.sleep` costs no time. Work for threads is done in place,
    at a turn of its own. There are no sockets, signals or other threads.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.turns = 0
        """How many callbacks have run."""
        self._rng = Random(seed)  # noqa: S311  no secret follows from it
        self._now = 0.0
        self._waiting: list[_Turn] = []
        self._timers: list[tuple[float, int, _Timer]] = []
        self._timed = 0

    def time(self) -> float:
        return self._now

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        turn = _Turn(callback, args, self, context)
        self._waiting.append(turn)
        return turn

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = _Timer(when, callback, args, self, context)
        self._timed += 1
        heapq.heappush(self._timers, (when, self._timed, timer))
        return timer

    def run_in_executor(self, executor: object, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        del executor

        async def turn() -> T:
            return func(*args)

        return self.create_task(turn())

    def _run_once(self) -> None:
        """What `BaseEventLoop.run_forever` repeats: one turn of one of those who are ready."""
        if not self._waiting:
            self._wake_sleepers()
        turns = self._waiting
        chosen = self._rng.randrange(len(turns))
        turns[chosen], turns[-1] = turns[-1], turns[chosen]
        self.turns += 1
        turns.pop().run()

    def _wake_sleepers(self) -> None:
        """Let time go on to the next moment that somebody waits for; all who wait for it are ready then."""
        if not self._timers:
            raise StuckError("Everybody waits for somebody else.")
        self._now = self._timers[0][0]
        while self._timers and self._timers[0][0] <= self._now:
            timer = heapq.heappop(self._timers)[2]
            self.call_soon(timer.run)


class _Turn(asyncio.Handle):
    def run(self) -> None:
        if not self.cancelled():
            self._run()


class _Timer(asyncio.TimerHandle):
    def run(self) -> None:
        if not self.cancelled():
            self._run()


def replay(story: Story, seed: int) -> int:
    """Run the story in the one interleaving that the seed stands for; how many turns it took."""
    loop = SeededLoop(seed)
    try:
        loop.run_until_complete(story())
        loop.run_until_complete(loop.shutdown_asyncgens())
        return loop.turns
    finally:
        loop.close()


def explore(story: Story, seeds: Iterable[int]) -> int:
    """
    Run the story once for each seed; how many runs there were.

    Raises: what the story raises, with a note that names the seed.
    """
    runs = 0
    for seed in seeds:
        try:
            replay(story, seed)
        except Exception as error:
            error.add_note(f"SEED={seed} replays this.")
            raise
        runs += 1
    return runs


def interleaved(port: T) -> T:
    """
    The same port, with a turn for others before and after every call of it.

    Adapters in memory never wait, so code that calls them would run through undisturbed; behind this it is
    disturbed wherever a real store would let others in.
    """
    return cast("T", _Interleaved(port))


@frozen
class _Interleaved:
    _port: Any

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._port, name)
        return _with_turns(attribute) if iscoroutinefunction(attribute) else attribute


def _with_turns(call: Callable[..., Awaitable[T]]) -> Callable[..., Coroutine[Any, Any, T]]:
    @wraps(call)
    async def called(*args: Any, **kwargs: Any) -> T:
        await asyncio.sleep(0)
        try:
            return await call(*args, **kwargs)
        finally:
            await asyncio.sleep(0)

    return called
