"""
The event loop of seeds: what it runs, in which order, and what it says of itself.
"""

from __future__ import annotations

import asyncio

import pytest

from carmarket.testing.scheduling import StuckError, explore, interleaved, replay


class Counter:
    """Reads, waits and writes when it is asked to."""

    def __init__(self) -> None:
        self.value = 0

    async def read(self) -> int:
        return self.value

    async def write(self, value: int) -> None:
        self.value = value

    def plain(self) -> str:
        return "plain"


def orders(seeds: range) -> list[str]:
    """In which order three get their turns, a seed each."""
    said: list[str] = []

    async def story() -> None:
        async def speak(name: str) -> None:
            for _ in range(2):
                await asyncio.sleep(0)
                said.append(name)

        await asyncio.gather(*map(speak, "abc"))
        said.append(" ")

    explore(story, seeds)
    return "".join(said).split()


def test_a_seed_is_one_order():
    assert orders(range(50)) == orders(range(50))


def test_seeds_reach_every_order():
    """Two turns of three: 6! / (2! 2! 2!)."""
    assert len(set(orders(range(3_000)))) == 90


def test_sleeping_costs_no_time_and_is_woken_in_order():
    woken = []

    async def story() -> None:
        async def sleep(seconds: float) -> None:
            await asyncio.sleep(seconds)
            woken.append((seconds, asyncio.get_running_loop().time()))

        await asyncio.gather(*map(sleep, [86_400, 1, 30]))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.Event().wait()

    replay(story, 1)

    assert woken == [(1, 1), (30, 30), (86_400, 86_400)]


def test_work_for_threads_is_done_in_place():
    done = []

    async def story() -> None:
        done.append(await asyncio.to_thread(sum, [1, 2]))

    turns = replay(story, 1)

    assert done == [3]
    assert turns == replay(story, 1)


def test_who_waits_for_ever_is_told():
    async def story() -> None:
        await asyncio.Event().wait()

    with pytest.raises(StuckError):
        replay(story, 1)


def test_a_call_that_was_called_off_is_not_made():
    made: list[str] = []

    async def story() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(made.append, "soon").cancel()
        loop.call_later(1, made.append, "later").cancel()
        await asyncio.sleep(2)

    replay(story, 1)

    assert made == []


async def lost_update() -> None:
    """Two who add one to what they have read."""
    counter = Counter()
    port = interleaved(counter)

    async def add() -> None:
        await port.write(await port.read() + 1)

    await asyncio.gather(add(), add())
    assert counter.value == 2


def test_a_race_is_found_and_its_seed_replays_it():
    with pytest.raises(AssertionError) as found:
        explore(lost_update, range(100))
    (note,) = found.value.__notes__
    seed = int(note.removeprefix("SEED=").split()[0])

    for _ in range(3):
        with pytest.raises(AssertionError):
            replay(lost_update, seed)


def test_what_does_not_wait_is_left_as_it_is():
    assert interleaved(Counter()).plain() == "plain"
