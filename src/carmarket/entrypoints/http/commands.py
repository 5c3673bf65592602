"""
`carmarket serve` and `carmarket openapi`.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from contextlib import AsyncExitStack
from typing import Any

import click
import msgspec

from carmarket.config import Settings

BACKLOG = 1_024


@click.command
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8_000, show_default=True, help="0 takes any that is free."
)
@click.option("--workers/--no-workers", default=True, show_default=True, help="Whether to run the market's jobs too.")
@click.option("--access-log", is_flag=True, help="A line for each request.")
@click.pass_obj
def serve(settings: Settings, host: str, port: int, *, workers: bool, access_log: bool) -> None:
    """Serve the shop and its API, and do the market's jobs."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("carmarket.access").setLevel(logging.INFO if access_log else logging.WARNING)
    asyncio.run(_serve(settings, host, _demand_free(host, port), workers=workers))


@click.command
def openapi() -> None:
    """Print the OpenAPI document."""
    from carmarket.entrypoints.http.app import create_app  # noqa: PLC0415  # costs half a second
    from carmarket.entrypoints.http.openapi import document  # noqa: PLC0415  # likewise

    app = create_app(Settings(url="memory://"))
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(document(app)).decode()) + "\n")


async def _serve(settings: Settings, host: str, port: int, *, workers: bool) -> None:
    """The server in this very process and loop: to end the process is to end all of it."""
    from granian.constants import Interfaces  # noqa: PLC0415  # as needed
    from granian.server.embed import Server  # noqa: PLC0415  # likewise

    from carmarket.bootstrap import open_market  # noqa: PLC0415  # likewise
    from carmarket.entrypoints.http.app import create_app  # noqa: PLC0415  # likewise

    async with AsyncExitStack() as stack:
        market = await stack.enter_async_context(open_market(settings))
        app = create_app(market=market, with_workers=workers)
        await stack.enter_async_context(app.lifespan())
        options: dict[str, Any] = {"backlog": BACKLOG, "websockets": False, "log_enabled": False}
        server = Server(app, address=host, port=port, interface=Interfaces.ASGINL, **options)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, server.stop)
        running = asyncio.create_task(server.serve())
        while not running.done() and not _answers(host, port):  # noqa: ASYNC110  # the server does not tell
            await asyncio.sleep(0.02)
        if not running.done():
            shown = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            click.echo(f"The shop is open on {shown} (its API at {shown}/docs); Ctrl-C closes it.")
        await running


def _demand_free(host: str, port: int) -> int:
    """
    The port, or one that is free for 0.

    Raises: click.ClickException if it cannot be had.
    """
    try:
        with socket.socket(_family(host)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            found: int = probe.getsockname()[1]
            return found
    except OSError as taken:
        raise click.ClickException(f"Port {port} on {host} cannot be had: {taken.strerror}. Try --port 0.") from None


def _answers(host: str, port: int) -> bool:
    with socket.socket(_family(host)) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((host, port)) == 0


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
