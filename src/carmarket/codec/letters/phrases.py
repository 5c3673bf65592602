"""
What letters say in each language, read from the files in `words/`, which translators edit.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from attrs import frozen
from cattrs import Converter

from carmarket.core.language import Language
from carmarket.core.letters import LetterKind

RIGHT_TO_LEFT = frozenset({Language.ARABIC})


@frozen(kw_only=True)
class Text:
    """One kind of letter. Each text is a Jinja template over its facts, `name` and `brand`."""

    subject: str
    heading: str
    text: tuple[str, ...]
    """Paragraphs before the facts."""
    action: str | None = None
    """What the button says that opens the letter's link."""
    after: tuple[str, ...]
    """Paragraphs behind it."""


@frozen(kw_only=True)
class Phrases:
    """A language."""

    hello: str
    hello_nobody: str
    closing: str
    team: str
    link_below: str
    account_note: str
    search_note: str
    unsubscribe: str
    when: str
    """A moment, of `weekday`, `day`, `month`, `year` and `time`."""
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    labels: Mapping[str, str]
    """Of facts."""
    values: Mapping[str, Mapping[str, str]]
    """Facts that come as one of some values."""
    letters: Mapping[LetterKind, Text]


@cache
def phrases_in(language: Language) -> Phrases:
    """What letters in the language say."""
    file = files("carmarket.codec.letters").joinpath("words", f"{language}.toml")
    return Converter(forbid_extra_keys=True).structure(tomllib.loads(file.read_text(encoding="utf-8")), Phrases)
