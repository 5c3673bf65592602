"""
A mail server in the tests' own loop, which keeps what it takes and refuses what it is told to.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from attrs import define, field, frozen


@frozen
class Taken:
    sender: str
    recipients: list[str]
    message: bytes
    user: str | None
    was_encrypted: bool


@define
class MailServer:
    """Replies can be set for each command: "RCPT" or "DATA"."""

    url: str = ""
    taken: list[Taken] = field(factory=list)
    replies: Mapping[str, str] = field(factory=dict)

    async def handle_RCPT(  # noqa: N802  the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" not in self.replies:
            envelope.rcpt_tos.append(address)
        return self.replies.get("RCPT", "250 OK")

    async def handle_MAIL(  # noqa: N802  the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" not in self.replies:
            envelope.mail_from = address
        return self.replies.get("MAIL", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  likewise
        if "DATA" not in self.replies:
            assert isinstance(envelope.content, bytes)
            assert envelope.mail_from is not None
            user = session.auth_data.login.decode() if session.auth_data else None
            self.taken.append(
                Taken(envelope.mail_from, envelope.rcpt_tos, envelope.content, user, session.ssl is not None)
            )
        return self.replies.get("DATA", "250 OK")


@asynccontextmanager
async def running(
    *, takes_utf8: bool = True, password: str | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[MailServer]:
    """Listen on any free port. With a password only "shop" may send; with TLS nothing goes in the open."""
    told = MailServer()
    conversations: list[SMTP] = []

    def allowed(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and data.login == b"shop" and data.password.decode() == password
        return AuthResult(success=is_right, handled=False, auth_data=data)

    def conversation() -> SMTP:
        begun = SMTP(
            told,
            enable_SMTPUTF8=takes_utf8,
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=password is not None,
            auth_require_tls=tls is not None,
            authenticator=allowed,
            hostname="mail",
        )
        conversations.append(begun)
        return begun

    server = await asyncio.get_running_loop().create_server(conversation, "127.0.0.1", 0)
    told.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}?tls=none"
    try:
        async with server:
            yield told
    finally:
        for one in conversations:
            if one.transport is not None:
                one.transport.close()
        talks = [one._handler_coroutine for one in conversations if one._handler_coroutine is not None]
        await asyncio.gather(*talks, return_exceptions=True)
