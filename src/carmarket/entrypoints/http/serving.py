"""
The server: it takes connections from a socket, and leaves nobody without an answer when it stops.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from attrs import define

PATIENCE = 1.0
"""Seconds that connections have to fetch a last answer, which tells them to leave."""
LONGEST = 30
"""Seconds that requests under way have to finish."""
STEP = 0.02


@define
class Draining:
    """The application; once it drains, every answer says that its connection closes."""

    app: Any
    is_draining: bool = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def last(message: Any) -> None:
            if self.is_draining and message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        await self.app(scope, receive, last)


class Server(uvicorn.Server):
    """Signals are the caller's affair: uvicorn would raise them again when it has stopped."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: Any, listening: socket.socket, *, opened: Callable[[], None]) -> None:
    """
    Serve until SIGINT or SIGTERM, then drain.

    To drain is to take no more connections, to let those that are there fetch an answer that closes them, and only
    then to close what is idle: a client that asks again on a connection meets no closed door.
    """
    draining = Draining(app)
    config = uvicorn.Config(
        draining, lifespan="off", log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=LONGEST, ws="none", proxy_headers=False,
    )  # fmt: skip
    server = Server(config)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, told.set)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not running.done():  # noqa: ASYNC110  the server does not tell
        await asyncio.sleep(STEP)
    opened()
    stopping = asyncio.create_task(told.wait())
    await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    draining.is_draining = True
    for one in server.servers:
        one.close()
    ends = loop.time() + PATIENCE
    while server.server_state.connections and loop.time() < ends:  # noqa: ASYNC110  likewise
        await asyncio.sleep(STEP)
    server.should_exit = True
    await running
