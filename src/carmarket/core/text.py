"""
Folding of text: what is the same to a person is the same to a comparison.
"""

from __future__ import annotations

from unicodedata import combining, normalize


def fold(text: str) -> str:
    """Lower case without accents: "Citroën" and "CITROEN" are one."""
    decomposed = normalize("NFKD", text.casefold())
    return normalize("NFC", "".join(letter for letter in decomposed if not combining(letter))).casefold()


def key(text: str) -> str:
    """What filters compare: folded, with single spaces."""
    return " ".join(fold(text).split())
