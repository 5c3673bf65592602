"""
The message that carries a letter (RFC 5322), as mail programs and servers take it.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.header import Header
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, Policy
from email.utils import format_datetime, quote
from typing import Any, ClassVar, Literal

from carmarket.codec.letters.facts import plain
from carmarket.codec.letters.sender import Sender
from carmarket.core.letters import Letter
from carmarket.core.users.email import parse_email

WORDS = re.compile(r"[\w ]+", re.ASCII)
"""A name that needs no quotes."""


def write(letter: Letter, *, sender: Sender, now: datetime) -> EmailMessage:
    """
    The same letter at the same moment is the same message to the byte.

    Where the address is not all ASCII, so are its headers, and only a server with SMTPUTF8 (RFC 6531) takes it.

    Raises: InvalidError for a letter that lacks a fact, or an address that no letter can go to.
    """
    from carmarket.codec.letters.wording import put_into_words  # noqa: PLC0415  Jinja takes 0.1 s, few write letters

    worded = put_into_words(letter, brand=sender.name)
    to = parse_email(letter.to)
    message = EmailMessage(policy=ASCII if to.isascii() else UTF8)
    message["From"] = _mailbox(sender.name, sender.address)
    message["To"] = _mailbox(plain(letter.name), to)
    message["Subject"] = _encoded(worded.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(worded.plain)
    message.add_alternative(worded.html, subtype="html")
    message["Content-Language"] = letter.language.value  # set earlier it would go to the plain part alone
    message.set_boundary(f"=_{letter.id.hex}")
    return message


class WrittenHeader(BaseHeader):
    """
    One that goes out as it was written, but for a break between encoded words.

    The library would cut and encode a long link, which then no program reads, and loses spaces of long names.
    """

    max_count: ClassVar[Literal[1] | None] = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds.update(decoded=value, parse_tree=UnstructuredHeader.value_parser(value))

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}".replace("?= =?", f"?={policy.linesep} =?")


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name in ("From", "To", "Subject", "List-Unsubscribe"):
        registry.map_to_type(name, WrittenHeader)
    return registry


ASCII = SMTP.clone(cte_type="7bit", header_factory=_registry())
UTF8 = SMTPUTF8.clone(cte_type="7bit", header_factory=_registry())
SHORT = 60
"""With its header's name it stands on one line."""


def _mailbox(name: str, address: str) -> str:
    encoded = _encoded(name)
    phrase = f'"{quote(name)}"' if encoded == name and not WORDS.fullmatch(name) else encoded
    return f"{phrase} <{address}>" if name else address


def _encoded(text: str) -> str:
    """As encoded words (RFC 2047) if it is long or not ASCII, or would be read as such words itself."""
    if text.isascii() and len(text) <= SHORT and "=?" not in text:
        return text
    return " ".join(Header(text, "utf-8", header_name="Subject").encode().split())
