"""
The courier: HTTP/1.1 over a connection to an address that was looked at first.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from importlib.metadata import version
from urllib.parse import SplitResult, urlsplit

import h11
from attrs import field, frozen

from carmarket.codec.webhooks import MEDIA_TYPE, cloud_event
from carmarket.core.errors import InvalidError
from carmarket.core.webhooks.addresses import is_public
from carmarket.core.webhooks.delivery import LONGEST_SAID, Reply
from carmarket.core.webhooks.signature import signature
from carmarket.core.webhooks.webhook import demand_url
from carmarket.ports.webhooks import Courier, Letter

PATIENCE = 10.0
"""Seconds for all of a letter: the name, the connection, the answer."""
LONGEST_HEAD = 16 * 1024
PIECE = 4 * 1024
AGENT = f"carmarket/{version('carmarket')}"
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, in the order in which the system would try them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@frozen(kw_only=True)
class HttpCourier(Courier):
    """With `to_loopback` it also goes to this very machine, and by plain `http:`: for tests and development alone."""

    to_loopback: bool = False
    patience: float = PATIENCE
    _resolve: Resolve = resolved
    _trust: ssl.SSLContext | None = field(default=None, repr=False)
    """Whose certificates are believed; `None`: the system's."""

    async def demand_reachable(self, url: str) -> None:
        try:
            async with asyncio.timeout(self.patience):
                await self._addresses(url)
        except TimeoutError:
            raise _unknown(url) from None

    async def post(self, letters: Sequence[Letter]) -> Sequence[Reply]:
        return await asyncio.gather(*map(self._carry, letters))

    async def _carry(self, letter: Letter) -> Reply:
        try:
            async with asyncio.timeout(self.patience):
                return await self._exchange(letter)
        except TimeoutError:
            return Reply(None, f"There was no answer within {self.patience:g} seconds.")
        except InvalidError as refused:
            return Reply(None, refused.message)
        except (OSError, h11.ProtocolError) as broken:
            return Reply(None, f"{type(broken).__name__}: {broken}"[:LONGEST_SAID])

    async def _exchange(self, letter: Letter) -> Reply:
        addresses = await self._addresses(letter.url)
        parts = urlsplit(letter.url)
        reader, writer = await self._connected(addresses, parts)
        try:
            connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
            for message in _request(letter, parts):
                writer.write(connection.send(message) or b"")
            await writer.drain()
            return await _reply(connection, reader)
        finally:
            writer.transport.abort()  # to end a TLS connection in good order can take as long as the other side likes

    async def _connected(
        self, addresses: Sequence[str], parts: SplitResult
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connected to the first address that takes it; the certificate has to be the name's."""
        secure = (
            {"ssl": self._trust or _system_trust(), "server_hostname": parts.hostname}
            if parts.scheme == "https"
            else {}
        )
        last: OSError | None = None
        for address in addresses:
            try:
                return await asyncio.open_connection(address, _port(parts), **secure)  # type: ignore[arg-type]  # both or neither
            except OSError as away:
                last = away
        raise last or OSError("There is no address.")

    async def _addresses(self, url: str) -> Sequence[str]:
        """Raises: InvalidError unless all that the URL's name resolves to may be gone to."""
        demand_url(url, plain=self.to_loopback)
        parts = urlsplit(url)
        try:
            addresses = await self._resolve(parts.hostname or "", _port(parts))
        except (OSError, UnicodeError):
            raise _unknown(url) from None
        if not addresses:
            raise _unknown(url)
        if not all(is_public(address, loopback=self.to_loopback) for address in addresses):
            raise InvalidError(
                "A webhook has a public address.",
                field="url",
                value=url[:200],
                expected="no private, loopback, link-local, multicast or reserved address",
            )
        return addresses


def _request(letter: Letter, parts: SplitResult) -> tuple[h11.Request, h11.Data, h11.EndOfMessage]:
    body = cloud_event(letter.event)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    headers = {
        "Host": parts.netloc,
        "User-Agent": AGENT,
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(body)),
        "Carmarket-Signature": signature(letter.secret, body, at=letter.at),
        "Carmarket-Delivery": str(letter.delivery_id),
        "Connection": "close",
    }
    return h11.Request(method="POST", target=path, headers=list(headers.items())), h11.Data(body), h11.EndOfMessage()


async def _reply(connection: h11.Connection, reader: asyncio.StreamReader) -> Reply:
    """The status, and as much of the answer as is told; the rest is not read."""
    status, said = None, b""
    while len(said) < LONGEST_SAID:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(PIECE))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            said += event.data
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            break
    if status is not None and 300 <= status < 400:
        return Reply(status, "Redirects are not followed.")
    return Reply(status, said.decode("utf-8", "replace")[:LONGEST_SAID])


@cache
def _system_trust() -> ssl.SSLContext:
    """Read once, for it takes some hundredths of a second."""
    return ssl.create_default_context()


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _unknown(url: str) -> InvalidError:
    return InvalidError("Nobody knows this host.", field="url", value=url[:200], expected="a name with an address")
