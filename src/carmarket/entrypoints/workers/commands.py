"""
`carmarket work`.
"""

from __future__ import annotations

import asyncio
import signal

import click

from carmarket.config import Settings, shown, stores
from carmarket.entrypoints.workers.logs import log_to_stderr


@click.command
@click.pass_obj
def work(settings: Settings) -> None:
    """
    Do the market's jobs, and serve nobody: carry events, index cars, re-encode photos, send letters, end what is over.

    Beside `carmarket serve --no-workers`, on this machine or on another. Several may run: they share what can be
    shared, and what one alone may do another takes over when it ends. A store that is away is waited for.
    """
    log_to_stderr()
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    from carmarket.bootstrap import open_market  # noqa: PLC0415  # as needed
    from carmarket.entrypoints.workers import working  # noqa: PLC0415  # likewise

    told = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, told.set)
    async with open_market(settings) as market, working(market):
        click.echo(f"The jobs of {shown(stores(settings).catalog)} are done here; Ctrl-C ends that.")
        await told.wait()
