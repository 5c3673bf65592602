"""
A letter in words: its subject, its plain text and its HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial

from attrs import frozen
from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from carmarket.codec.letters.facts import plain, shown
from carmarket.codec.letters.phrases import RIGHT_TO_LEFT, Phrases, phrases_in
from carmarket.core.letters import FACTS, Letter

ROWS = ("car", "kind", "start", "end", "price", "dealer", "role", "search", "count", "reason")
"""Facts that stand in a table, in its order."""
APART = Markup("<bdi>{}</bdi>")
"""A fact in a sentence keeps its own direction of reading."""


@frozen(kw_only=True)
class Worded:
    """What a person reads."""

    subject: str
    plain: str
    html: str


def put_into_words(letter: Letter, *, brand: str) -> Worded:
    """
    The letter in its language, in the name of `brand`.

    Raises: InvalidError for a letter that lacks a fact.
    """
    letter.demand_whole()
    phrases = phrases_in(letter.language)
    facts = shown(letter, phrases)
    named = {**facts, "name": plain(letter.name), "brand": plain(brand)}
    frame: dict[str, object] = {
        "language": letter.language,
        "direction": "rtl" if letter.language in RIGHT_TO_LEFT else "ltr",
        "rows": [(phrases.labels[name], facts[name]) for name in ROWS if facts.get(name)],
        "link": facts.get("link"),
        "cars": [(plain(car), link) for car, link in letter.cars],
        "unsubscribe_link": letter.unsubscribe,
    }
    in_plain, in_html = (partial(_said, named=named, is_html=is_html) for is_html in (False, True))
    return Worded(
        subject=plain(in_plain(phrases.letters[letter.kind].subject)),
        plain=_layouts().get_template("letter.txt").render(frame | _sentences(letter, phrases, in_plain)),
        html=_layouts().get_template("letter.html").render(frame | _sentences(letter, phrases, in_html)),
    )


def _sentences(letter: Letter, phrases: Phrases, said: Callable[[str], str]) -> dict[str, object]:
    """Everything that the language says, with facts put in."""
    text = phrases.letters[letter.kind]
    return {
        "heading": said(text.heading),
        "hello": said(phrases.hello if plain(letter.name) else phrases.hello_nobody),
        "text": [said(paragraph) for paragraph in text.text],
        "action": None if text.action is None else said(text.action),
        "after": [said(paragraph) for paragraph in text.after],
        "closing": said(phrases.closing),
        "team": said(phrases.team),
        "link_below": said(phrases.link_below),
        "note": said(phrases.search_note if "search" in FACTS[letter.kind] else phrases.account_note),
        "unsubscribe": said(phrases.unsubscribe),
    }


def _said(sentence: str, *, named: Mapping[str, str], is_html: bool) -> str:
    said = _sentence(sentence, is_html=is_html).render(named)
    return Markup(said) if is_html else said  # noqa: S704  a template of ours, whose facts were escaped


@cache
def _sentence(sentence: str, *, is_html: bool) -> Template:
    return _writing(is_html=is_html).from_string(sentence)


@cache
def _writing(*, is_html: bool) -> Environment:
    """For single sentences: in HTML each fact is escaped."""
    return Environment(
        autoescape=is_html,  # noqa: S701  plain text has nothing to escape
        undefined=StrictUndefined,
        finalize=APART.format if is_html else None,
    )


@cache
def _layouts() -> Environment:
    """For whole letters, which are put together from sentences."""
    return Environment(
        loader=PackageLoader("carmarket.codec.letters"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
