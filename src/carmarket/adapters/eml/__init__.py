"""Letters as files in a folder, which any mail program opens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from carmarket.adapters.eml.mail import EmlMailer
from carmarket.core.errors import InvalidError
from carmarket.ports.mail import MAIL, MailerMaker
from carmarket.ports.offer import Offer

PREFIX = "eml:///"

__all__ = ["EmlMailer", "offer"]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """
    The folder that the URL names, `eml:///letters` or `eml:////var/lib/letters`; it is made at the first letter.

    Raises: InvalidError for a URL without a folder, or one that is a file.
    """
    path = Path(url.removeprefix(PREFIX))
    if not url.startswith(PREFIX) or url == PREFIX or await asyncio.to_thread(path.is_file):
        raise InvalidError("A URL of letters names a folder.", field="url", value=url, expected="eml:///letters")

    async def mail() -> MailerMaker:
        return partial(EmlMailer.of, path)

    yield Offer({MAIL.name: mail})
