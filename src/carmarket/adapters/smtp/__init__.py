"""Letters to a mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from carmarket.adapters.smtp.mail import SmtpMailer
from carmarket.adapters.smtp.server import SmtpServer, parse_server
from carmarket.ports.mail import MAIL, MailerMaker
from carmarket.ports.offer import Offer

__all__ = ["SmtpMailer", "SmtpServer", "offer", "parse_server"]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """
    The server that the URL names; a connection is made for each letter.

    Raises: InvalidError for a URL that names no server, or options that there are not.
    """
    server = parse_server(url)

    async def mail() -> MailerMaker:
        return partial(SmtpMailer.of, server)

    yield Offer({MAIL.name: mail})
