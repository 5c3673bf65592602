"""The loops that run a market's jobs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

from carmarket.core.errors import UnavailableError
from carmarket.services.jobs import Job
from carmarket.services.market import Market

LOG = logging.getLogger("carmarket.workers")
LONGEST_PAUSE = 30.0
AWAY_PAUSE = 1.0
"""Seconds until a component that is away is asked again: what waits for it is to go on soon after its return."""


@asynccontextmanager
async def working(market: Market) -> AsyncIterator[None]:
    """The jobs run while the context is open; at its end the index is put into its file, for a quick next start."""
    try:
        async with _running(market.jobs):
            yield
    finally:
        await _put_away(market)


@asynccontextmanager
async def following(market: Market) -> AsyncIterator[None]:
    """What no other process can do for this one goes on while the context is open: an index of its own follows."""
    async with _running([job for job in market.jobs if job.is_own]):
        yield


async def _put_away(market: Market) -> None:
    try:
        if await market.stock.leadership.leads():
            await market.keeper.snapshot()
    except UnavailableError as away:
        LOG.warning("the index is not put into its file: %s", away)


@asynccontextmanager
async def _running(jobs: Iterable[Job]) -> AsyncIterator[None]:
    task = asyncio.create_task(_run(jobs), name="carmarket jobs")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _run(jobs: Iterable[Job]) -> None:
    """Each in a loop of its own, until cancelled. A job that fails is tried again after a pause."""
    async with asyncio.TaskGroup() as loops:
        for job in jobs:
            loops.create_task(_repeat(job), name=f"job {job.name}")


async def _repeat(job: Job) -> None:
    failures, seconds = 0, job.every.total_seconds()
    is_called = False
    while True:
        try:
            steps = 0
            while await job.step():
                steps += 1
                LOG.debug("the job %s did a step", job.name)
            failures = 0
            # What has to wait for who leads, or for its time, would call again at once: it is left alone for a while.
            if job.wait is None or (is_called and not steps):
                await asyncio.sleep(seconds)
                is_called = False
            else:
                is_called = await job.wait(seconds)
        except UnavailableError as away:
            LOG.warning("the job %s waits for a component that is away: %s", job.name, away)
            await asyncio.sleep(AWAY_PAUSE)
        except Exception:
            LOG.exception("the job %s failed and will be tried again", job.name)
            failures += 1
            await asyncio.sleep(min(LONGEST_PAUSE, 0.2 * 2**failures))
