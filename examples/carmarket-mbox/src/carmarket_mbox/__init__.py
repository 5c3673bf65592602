"""Letters of a carmarket into an mbox file (RFC 4155), which mail programs and Python's own `mailbox` open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from carmarket.core.errors import InvalidError
from carmarket.ports.mail import MAIL, MailerMaker
from carmarket.ports.offer import Offer
from carmarket_mbox.mailer import MboxMailer

PREFIX = "mbox:///"

__all__ = ["MboxMailer", "offer"]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """
    The file that the URL names, `mbox:///letters.mbox` or `mbox:////var/mail/market`; it is made at the first letter.

    Raises: InvalidError for a URL without a file.
    """
    path = url.removeprefix(PREFIX)
    if not url.startswith(PREFIX) or not path:
        raise InvalidError("A URL of an mbox names a file.", field="url", value=url, expected="mbox:///letters.mbox")

    async def mail() -> MailerMaker:
        return partial(MboxMailer.of, Path(path))

    yield Offer({MAIL.name: mail})
