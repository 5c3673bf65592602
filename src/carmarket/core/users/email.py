"""
E-mail addresses, as far as a form can tell: whether one is a person's own, a letter to it shows.
"""

from __future__ import annotations

import re
from string import ascii_lowercase, ascii_uppercase
from typing import NewType

from carmarket.core.errors import InvalidError

EmailAddress = NewType("EmailAddress", str)
LONGEST = 254
"""RFC 5321, 4.5.3.1.3, without the brackets."""
LONGEST_LOCAL = 64
ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]+@([^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)


def parse_email(text: str) -> EmailAddress:
    """
    The address as it is written, its domain in lower case.

    Raises: InvalidError for what is no address.
    """
    plain = text.strip()
    local, _, domain = plain.rpartition("@")
    is_short = len(plain) <= LONGEST and len(local) <= LONGEST_LOCAL
    if not is_short or not ADDRESS.fullmatch(plain) or ".." in local or local.startswith(".") or local.endswith("."):
        raise InvalidError(
            "This is no e-mail address.", field="email", value=text[:80], expected="one such as anna@example.com"
        )
    return EmailAddress(f"{local}@{domain.lower()}")


def mailbox(email: str) -> str:
    """
    What two addresses of one mailbox have in common: hardly any server tells capitals apart.

    Those of ASCII alone: to Unicode's rules two people could be one, such as "ß" and "ss", or a "k" and a Kelvin sign.
    """
    return email.translate(SMALL)
