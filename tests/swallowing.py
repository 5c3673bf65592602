"""
A line to a server that can be cut without anybody noticing: what is sent is swallowed, and nothing comes back.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

from attrs import define, field

AT_ONCE = 65_536


@define
class Line:
    """
    A proxy on this machine, in a thread of its own.

    While it swallows, connections are taken and stay open, as behind a wall that drops packets. When it no longer
    does, those that have lost something are torn.
    """

    port: int
    """Where it listens."""
    target: int = 0
    """The port of the server; none is asked before it is known."""
    _swallows: bool = False
    _torn: list[asyncio.StreamWriter] = field(factory=list)
    _loop: asyncio.AbstractEventLoop | None = None
    _ready: threading.Event = field(factory=threading.Event)
    _closing: asyncio.Event = field(factory=asyncio.Event)
    _thread: threading.Thread | None = None

    def open(self) -> None:
        self._thread = threading.Thread(target=asyncio.run, args=[self._run()], daemon=True)
        self._thread.start()
        if not self._ready.wait(5):
            raise TimeoutError("the line does not open")

    def close(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._closing.set)
            self._thread.join()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with await asyncio.start_server(self._serve, "127.0.0.1", self.port):
            self._ready.set()
            await self._closing.wait()

    def swallow(self) -> None:
        self._swallows = True

    def let_through(self) -> None:
        self._swallows = False
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._tear)

    def _tear(self) -> None:
        for writer in self._torn:
            writer.transport.abort()
        self._torn.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(self._pass_on(reader, far_writer, writer), self._pass_on(far_reader, writer, far_writer))

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, other: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(AT_ONCE):
                if self._swallows:
                    self._torn += [writer, other]
                    continue
                writer.write(data)
                await writer.drain()
        writer.close()
