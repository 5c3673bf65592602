"""
What letters say, in each language.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import product

import pytest
from attrs import evolve

from carmarket.codec.letters.facts import plain
from carmarket.codec.letters.phrases import phrases_in
from carmarket.codec.letters.wording import ROWS, Worded, put_into_words
from carmarket.core.booking.quote import BookingKind
from carmarket.core.language import Language
from carmarket.core.letters import FACTS, Letter, LetterKind
from carmarket.core.users.roles import STAFF
from carmarket.testing.letters import SAID, a_letter

EVERY = [pytest.param(kind, language, id=f"{kind}-{language}") for kind, language in product(LetterKind, Language)]
ARABIC = re.compile(r"[\u0600-\u06ff]")
VOID = {"meta", "br"}


class Page(HTMLParser):
    """The text, the links and the attributes of an HTML letter; tags have to be balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def worded(letter: Letter) -> Worded:
    return put_into_words(letter, brand="Cars of Anytown")


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_a_letter_says_all_its_facts_in_text_and_html(kind, language):
    letter = a_letter(kind, language=language)
    phrases = phrases_in(language)
    said = worded(letter)
    page = Page(said.html)
    expected = {name: letter.facts[name] for name in FACTS[kind] - {"link", "cars", "start", "end"}}
    expected |= {name: phrases.values[name][expected[name]] for name in ("kind", "role") if name in expected}

    for text in (said.plain, page.text):
        assert [value for value in expected.values() if value not in text] == []
        assert [car for car, _ in letter.cars if car not in text] == []
        assert "Anna Smith" in text
        assert "Cars of Anytown" in text
        assert ("10:00" in text) == ("start" in FACTS[kind])


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_links_are_whole_and_lead_nowhere_else(kind, language):
    letter = a_letter(kind, language=language, unsubscribe="https://cars.example/stop/abc?a=1&b=2")
    said = worded(letter)
    expected = {"https://cars.example/stop/abc?a=1&b=2", *(link for _, link in letter.cars)}
    expected |= {letter.facts["link"]} if "link" in FACTS[kind] else set()

    assert set(Page(said.html).links) == expected
    assert set(re.findall(r"^ *(https?://\S+)$", said.plain, re.MULTILINE)) == expected


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_what_is_said_is_escaped_in_html_and_left_alone_in_text(kind, language):
    letter = a_letter(kind, language=language)
    hostile = {name: value if name == "link" else f"<img src=x>&amp;'\"{name}" for name, value in letter.facts.items()}
    hostile |= {"cars": "<img src=x>&amp;'\"cars | https://cars.example/1"} if "cars" in hostile else {}
    said = worded(evolve(letter, name="<b>&lt;Anna</b>", facts=hostile))
    page = Page(said.html)

    assert {"img", "b"} & set(page.tags) == set()
    for text in (said.plain, page.text):
        assert "<b>&lt;Anna</b>" in text
        assert [name for name in FACTS[kind] - {"link"} if f"<img src=x>&amp;'\"{name}" not in text] == []
    assert "&amp;&#39;&#34;" not in said.plain + said.subject


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_the_plain_text_has_no_markup_and_the_html_fetches_nothing(kind, language):
    said = worded(a_letter(kind, language=language))
    page = Page(said.html)

    assert not re.search(r"</?[a-z]+[^>]*>|&[a-z#0-9]+;|\{\{|\{%", said.plain)
    assert not {"img", "script", "link", "style", "iframe"} & set(page.tags)
    assert not {"src", "background", "srcset"} & {name for name, _ in page.attributes}
    assert "url(" not in said.html
    assert "\n\n\n" not in said.plain
    assert not any(mark in said.subject + page.text for mark in ("{{", "{%", "None"))


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_a_letter_is_in_its_language_and_its_direction(kind, language):
    said = worded(a_letter(kind, language=language))
    attributes = Page(said.html).attributes
    is_arabic = language is Language.ARABIC

    assert ("lang", language.value) in attributes
    assert ("dir", "rtl" if is_arabic else "ltr") in attributes
    for text in (said.subject, said.plain, said.html):
        assert bool(ARABIC.search(text)) == is_arabic


@pytest.mark.parametrize("kind", list(LetterKind))
def test_no_letter_in_one_language_was_left_in_another(kind):
    letters = [phrases_in(language).letters[kind] for language in Language]

    assert len({letter.subject for letter in letters}) == len(letters)
    assert len({letter.text for letter in letters}) == len(letters)
    assert len({(len(letter.text), len(letter.after), letter.action is None) for letter in letters}) == 1


@pytest.mark.parametrize("language", list(Language))
def test_every_kind_of_letter_has_its_words_and_its_facts(language):
    phrases = phrases_in(language)

    assert set(phrases.letters) == set(LetterKind) == set(FACTS)
    assert set(phrases.labels) == set(ROWS)
    assert set(ROWS) | {"link", "cars"} == frozenset().union(*FACTS.values()) == set(SAID)
    assert set(phrases.values["kind"]) == set(BookingKind) - {BookingKind.BUSY}  # of which nobody is written
    assert set(phrases.values["role"]) == STAFF
    assert (len(phrases.months), len(phrases.weekdays)) == (12, 7)
    for kind, text in phrases.letters.items():
        assert (text.action is not None) == ("link" in FACTS[kind])


@pytest.mark.parametrize(
    ("language", "start"),
    [
        pytest.param(Language.ENGLISH, "From: Monday, 4 May 2026, 10:00\n", id="en"),
        pytest.param(Language.GERMAN, "Von: Montag, 4. Mai 2026, 10:00 Uhr\n", id="de"),
        pytest.param(Language.ARABIC, "من: الاثنين 4 مايو 2026، الساعة 10:00\n", id="ar"),
    ],
)
def test_a_moment_is_told_by_the_clock_that_it_was_said_with(language, start):
    said = worded(a_letter(LetterKind.BOOKING_REMINDER, language=language))

    assert start in said.plain


@pytest.mark.parametrize(
    "start", ["Monday at ten", "2026-05-04T10:00", "2026-13-04T10:00Z", "2026-05-04T10:00Z or later"]
)
def test_what_is_no_moment_is_told_as_it_was_said(start):
    letter = a_letter(LetterKind.BOOKING_REMINDER)

    said = worded(evolve(letter, facts={**letter.facts, "start": start}))

    assert f"From: {start}\n" in said.plain


def test_a_reason_that_nobody_gave_is_left_out():
    letter = a_letter(LetterKind.BOOKING_CANCELLED)
    for reason in ({}, {"reason": ""}):
        said = worded(evolve(letter, facts={k: v for k, v in letter.facts.items() if k != "reason"} | reason))

        assert "Reason" not in said.plain + said.html


def test_facts_of_other_letters_are_left_out():
    letter = a_letter(LetterKind.MESSAGE)

    said = worded(evolve(letter, facts={**SAID, "note": "secret"}))

    assert "secret" not in said.plain + said.html
    assert "Price" not in said.plain + said.html


def test_a_person_without_a_name_is_greeted_all_the_same():
    assert "\nHello,\n" in worded(a_letter(name=" \t")).plain


def test_one_match_is_one_and_two_are_more():
    digest = a_letter(LetterKind.DIGEST)

    one = worded(evolve(digest, facts={**digest.facts, "count": "1"}))

    assert one.subject == "1 new match: golf under 15k"
    assert worded(digest).subject == "2 new matches: golf under 15k"


def test_what_is_not_seen_and_yet_does_something_is_taken_out():
    assert plain("a\r\nb\tc\x00d\u2028e\u202ef\u2066g\ud800h\x85i") == "a b c d ef" + "g h i"


def test_an_account_letter_names_no_saved_search():
    assert "saved a search" not in worded(a_letter(unsubscribe="https://cars.example/stop")).plain
    assert "saved a search" in worded(a_letter(LetterKind.ALERT)).plain
