"""Letters in words: subject, plain text and HTML in each language, and the message that carries them."""

from __future__ import annotations

from carmarket.codec.letters.message import write
from carmarket.codec.letters.sender import Sender, parse_sender

__all__ = ["Sender", "parse_sender", "write"]
