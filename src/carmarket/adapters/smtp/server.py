"""
Which mail server, and how one speaks to it.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import field, frozen

from carmarket.core.errors import InvalidError

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Tls(StrEnum):
    """How the line is kept secret."""

    STARTTLS = "starttls"
    """Begun in the open, then encrypted, or no letter is sent (RFC 3207)."""
    TLS = "tls"
    """Encrypted from the first byte (RFC 8314)."""
    NONE = "none"


PORTS = {Tls.STARTTLS: 587, Tls.TLS: 465, Tls.NONE: 25}


@frozen(kw_only=True)
class SmtpServer:
    """A server, with nothing left open."""

    host: str
    port: int
    tls: Tls
    user: str | None
    password: str | None = field(repr=False)
    sender: str | None
    """Whom letters come from, where this server wants another than the market's."""


def parse_server(url: str) -> SmtpServer:
    """
    From `smtp://user:password@mail.example:587?tls=starttls&from=Cars <hello@cars.example>`.

    User and password are percent-encoded. Without `tls` the line is encrypted by STARTTLS, without a port the usual
    one of its kind is meant.

    Raises: InvalidError for anything else, and for a password that would go over an open line to another machine.
    """
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        tls = Tls(options.pop("tls", Tls.STARTTLS))
        sender = options.pop("from", None)
        server = SmtpServer(
            host=parts.hostname or "",
            port=parts.port or PORTS[tls],
            tls=tls,
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            sender=sender,
        )
    except ValueError:
        raise _refused() from None
    if parts.scheme != "smtp" or not server.host or parts.path not in {"", "/"} or options or parts.fragment:
        raise _refused()
    if (server.user is None) != (server.password is None):
        raise _refused()
    if server.password is not None and tls is Tls.NONE and server.host not in LOCAL:
        raise InvalidError(
            "A password does not go over an open line.", field="mail", value=server.host, expected="tls=starttls or tls"
        )
    return server


def _refused() -> InvalidError:
    # Without what was given: it may hold a password.
    return InvalidError(
        "This is no mail server.",
        field="mail",
        expected="smtp://user:password@mail.example:587?tls=starttls, or tls=tls or none",
    )
