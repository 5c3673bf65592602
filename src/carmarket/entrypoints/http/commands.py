"""
`carmarket serve` and `carmarket openapi`.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from contextlib import AsyncExitStack

import click
import msgspec

from carmarket.config import Settings
from carmarket.entrypoints.workers.logs import log_to_stderr

BACKLOG = 1_024


@click.command
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8_000, show_default=True, help="0 takes any that is free."
)
@click.option(
    "--workers/--no-workers",
    default=True,
    show_default=True,
    help="Whether to do the market's jobs too; without them carmarket work does them elsewhere.",
)
@click.option("--access-log", is_flag=True, help="A line for each request.")
@click.pass_obj
def serve(settings: Settings, host: str, port: int, *, workers: bool, access_log: bool) -> None:
    """Serve the shop and its API, and do the market's jobs."""
    log_to_stderr()
    logging.getLogger("carmarket.access").setLevel(logging.INFO if access_log else logging.WARNING)
    with _listen(host, port) as listening:
        asyncio.run(_serve(settings, host, listening, workers=workers))


@click.command
def openapi() -> None:
    """Print the OpenAPI document."""
    from carmarket.entrypoints.http.app import create_app  # noqa: PLC0415  # costs half a second
    from carmarket.entrypoints.http.openapi import document  # noqa: PLC0415  # likewise

    app = create_app(Settings(url="memory://"))
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(document(app)).decode()) + "\n")


async def _serve(settings: Settings, host: str, listening: socket.socket, *, workers: bool) -> None:
    """The server in this very process and loop: to end the process is to end all of it."""
    from carmarket.bootstrap import open_market  # noqa: PLC0415  # as needed
    from carmarket.entrypoints.http.app import create_app  # noqa: PLC0415  # likewise
    from carmarket.entrypoints.http.serving import serve  # noqa: PLC0415  # likewise
    from carmarket.entrypoints.workers import following  # noqa: PLC0415  # likewise

    port = listening.getsockname()[1]
    shown = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    async with AsyncExitStack() as stack:
        market = await stack.enter_async_context(open_market(settings))
        app = create_app(settings, market=market, with_workers=workers)
        if not workers:
            await stack.enter_async_context(following(market))
        await stack.enter_async_context(app.lifespan())
        await serve(
            app,
            listening,
            opened=lambda: click.echo(f"The shop is open on {shown} (its API at {shown}/docs); Ctrl-C closes it."),
        )


def _listen(host: str, port: int) -> socket.socket:
    """Raises: click.ClickException if the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as taken:
        raise click.ClickException(
            f"Port {port} on {host} cannot be had: {taken.strerror or taken}. Try --port 0."
        ) from None
