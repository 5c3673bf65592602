"""
An integrator's system on this machine: it verifies what it gets and answers as it is told to.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from attrs import define, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"


@define
class Receiver:
    """Answers in turn, and with the last for ever; an answer of `None` is none at all."""

    answers: list[bytes | None]
    port: int = 0
    requests: list[tuple[str, dict[str, str], bytes]] = field(factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
            line, *rest = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in rest)}
            body = await reader.readexactly(int(headers["content-length"]))
            answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
            self.requests.append((line, headers, body))
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def read(self, secret: str) -> list[dict[str, Any]]:
        """What it got, as far as its signature is this market's."""
        return [json.loads(body) for _, headers, body in self.requests if is_signed(headers, body, secret)]


def is_signed(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """As docs/webhooks.md tells integrators to look at it."""
    said = dict(part.split("=", 1) for part in headers["carmarket-signature"].split(","))
    expected = hmac.new(secret.encode(), f"{said['t']}.".encode() + body, "sha256").hexdigest()
    return hmac.compare_digest(expected, said["v1"])


@asynccontextmanager
async def receiving(*answers: bytes | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver on any free port."""
    receiver = Receiver(list(answers))
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


def statuses(replies: Sequence[Any]) -> list[int | None]:
    return [reply.status for reply in replies]
