"""
Facts of letters as plain text of one line, in the letter's language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from unicodedata import category

from carmarket.codec.letters.phrases import Phrases
from carmarket.core.letters import FACTS, Letter

MOMENTS = frozenset({"start", "end"})
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)")
UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's controls, halves of letters, and breaks of lines."""
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They make the text around them read backwards (UAX 9)."""


def shown(letter: Letter, phrases: Phrases) -> dict[str, str]:
    """The facts that the letter's kind needs, but for the cars of a digest."""
    return {
        name: _told(name, plain(letter.facts.get(name, "")), phrases)
        for name in sorted(FACTS[letter.kind] - {"cars"})
    }  # fmt: skip


def plain(text: str) -> str:
    """One line, without what is not seen and yet does something."""
    kept = (" " if category(letter) in UNSEEN else letter for letter in text if letter not in DIRECTIONS)
    return " ".join("".join(kept).split())


def _told(name: str, value: str, phrases: Phrases) -> str:
    if name in MOMENTS and MOMENT.fullmatch(value):
        return _moment(value, phrases)
    known: Mapping[str, str] = phrases.values.get(name, {})
    return known.get(value, value)


def _moment(value: str, phrases: Phrases) -> str:
    """By the clock of the offset that it was said with. What looks like a moment and is none stays as it is."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return phrases.when.format(
        weekday=phrases.weekdays[at.weekday()],
        day=at.day,
        month=phrases.months[at.month - 1],
        year=at.year,
        time=f"{at:%H:%M}",
    )
