"""
The message that carries a letter (RFC 5322), as mail programs and servers take it.
"""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, Policy
from email.utils import format_datetime

from carmarket.codec.letters.facts import plain
from carmarket.codec.letters.sender import Sender
from carmarket.core.letters import Letter
from carmarket.core.users.email import parse_email


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
    message["From"] = _address(sender.name, sender.address)
    message["To"] = _address(letter.name, to)
    message["Subject"] = worded.subject
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


class WholeHeader(UnstructuredHeader, BaseHeader):
    """One that is written as it is: a long link is not cut into pieces or encoded, for no program would read it."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    registry.map_to_type("List-Unsubscribe", WholeHeader)
    return registry


ASCII = SMTP.clone(cte_type="7bit", header_factory=_registry())
UTF8 = SMTPUTF8.clone(cte_type="7bit", header_factory=_registry())


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(display_name=plain(name), username=local, domain=domain)
