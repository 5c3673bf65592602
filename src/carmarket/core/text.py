"""
Text: what is the same to a person is the same to a comparison, and what is plain and short.
"""

from __future__ import annotations

import re
from unicodedata import combining, normalize

from carmarket.core.errors import InvalidError

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
LONGEST_NAME = 100


def fold(text: str) -> str:
    """Lower case without accents: "Citroën" and "CITROEN" are one."""
    decomposed = normalize("NFKD", text.casefold())
    return normalize("NFC", "".join(letter for letter in decomposed if not combining(letter))).casefold()


def key(text: str) -> str:
    """What filters compare: folded, with single spaces."""
    return " ".join(fold(text).split())


def short(name: str, value: str | None, most: int = LONGEST_NAME) -> None:
    """Raises: InvalidError if a known text is longer than `most` letters or has control characters."""
    if value is None or (len(value) <= most and value.isprintable()):
        return  # nearly always, and ten times as fast as looking closer: every stored car passes here when it is read
    if len(value) > most:
        raise InvalidError(
            f"The {name} has at most {most} letters.",
            field=name,
            value=f"{value[:40]}...",
            expected=f"{most} letters",
        )
    if CONTROL.search(value):
        raise InvalidError(f"The {name} is plain text.", field=name, value=value, expected="no control characters")
