"""
Whom letters come from.
"""

from __future__ import annotations

from email.utils import getaddresses

from attrs import frozen

from carmarket.codec.letters.facts import plain
from carmarket.core.errors import InvalidError
from carmarket.core.users.email import EmailAddress, parse_email


@frozen(kw_only=True)
class Sender:
    """The name and the address in From."""

    name: str
    address: EmailAddress

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def parse_sender(text: str) -> Sender:
    """
    From "Cars of Anytown <hello@cars.example>"; without a name the address's domain is it.

    Raises: InvalidError for what is no sender, or one whose address is not ASCII.
    """
    said = getaddresses([text]) if text.isprintable() else []
    name, address = said[0] if len(said) == 1 else ("", "")
    try:
        found = parse_email(address)
    except InvalidError:
        found = None
    if found is None or not found.isascii():
        raise InvalidError(
            "Letters come from a name and an address.",
            field="mail_from",
            value=text[:80],
            expected="Cars of Anytown <hello@cars.example>",
        )
    return Sender(name=plain(name) or found.rpartition("@")[2], address=found)
