"""
The message that carries a letter.
"""

from __future__ import annotations

from datetime import timedelta
from email.header import decode_header, make_header

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from carmarket.codec.letters import parse_sender, write
from carmarket.codec.letters.facts import plain
from carmarket.core.errors import InvalidError
from carmarket.core.language import Language
from carmarket.core.letters import Letter, LetterKind
from carmarket.testing.builders import NOW
from carmarket.testing.contracts.mail import read
from carmarket.testing.letters import SENDER, a_letter

LONG = "https://cars.example/stop/" + "t" * 800


def raw(letter: Letter, *, sender: str = SENDER) -> bytes:
    return bytes(write(letter, sender=parse_sender(sender), now=NOW))


def headers(message: bytes) -> list[str]:
    """As they stand on the wire, unfolded."""
    return message.split(b"\r\n\r\n")[0].decode().replace("\r\n ", " ").split("\r\n")


def test_a_letter_has_the_headers_that_mail_programs_ask_for():
    assert headers(raw(a_letter(LetterKind.ALERT, unsubscribe=LONG))) == [
        "From: Cars of Anytown <hello@cars.example>",
        "To: Anna Smith <anna@example.com>",
        "Subject: New match: 2019 Volkswagen Golf 2.0 TDI, $13,500",
        "Date: Fri, 01 May 2026 12:00:00 +0000",
        "Message-ID: <00000000-0000-0000-0000-000000000001@cars.example>",
        "Auto-Submitted: auto-generated",
        f"List-Unsubscribe: <{LONG}>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="=_00000000000000000000000000000001"',
        "Content-Language: en",
    ]


def test_a_letter_that_cannot_be_ended_does_not_say_how():
    assert not any(line.startswith("List-") for line in headers(raw(a_letter())))


def test_a_message_is_plain_text_with_html_beside_it():
    message = read(raw(a_letter(language=Language.ARABIC))).message
    assert message is not None
    parts = list(message.walk())

    assert [part.get_content_type() for part in parts] == ["multipart/alternative", "text/plain", "text/html"]
    assert "تأكيد" in parts[1].get_content()
    assert 'dir="rtl"' in parts[2].get_content()


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", list(LetterKind))
def test_a_message_fits_any_server(kind, language):
    message = raw(a_letter(kind, language=language, name="Jörg " * 19, unsubscribe=LONG))

    assert message.isascii()
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert b"\x00" not in message


def test_the_same_letter_at_the_same_moment_is_the_same_message():
    letter = a_letter(language=Language.GERMAN)
    later = bytes(write(letter, sender=parse_sender(SENDER), now=NOW + timedelta(hours=1)))

    assert raw(letter) == raw(letter)
    assert raw(letter) != later
    assert read(raw(letter)).letter_id == read(later).letter_id


@given(
    name=st.text(max_size=100),
    car=st.text(min_size=1, max_size=100).filter(str.strip),
    language=st.sampled_from(Language),
)
def test_whatever_is_said_a_message_has_one_receiver_and_its_own_headers(name, car, language):
    letter = a_letter(LetterKind.MESSAGE, language=language)
    usual = [line.partition(":")[0] for line in headers(raw(letter))]

    sent = raw(evolve(letter, name=name, facts={**letter.facts, "car": car}))

    assert [line.partition(":")[0] for line in headers(sent)] == usual
    assert read(sent).to == "anna@example.com"
    assert sent.isascii()


@given(name=st.text(max_size=100), car=st.text(min_size=1, max_size=100).filter(plain))
@example(name="=?utf-8?q?The_Bank?=", car="=?utf-8?q?The_Bank?=")
@example(name="0 000¡¡ࠀࠀࠀࠀࠀࠀࠀࠀࠀࠀࠀࠀ ¡", car="Golf " * 20)
def test_names_and_subjects_are_read_as_they_were_written(name, car):
    letter = a_letter(LetterKind.MESSAGE)
    sent = raw(evolve(letter, name=name, facts={**letter.facts, "car": car}))
    (subject,) = (line.removeprefix("Subject: ") for line in headers(sent) if line.startswith("Subject: "))

    assert read(sent).name == plain(name)
    assert str(make_header(decode_header(subject))) == plain(f"New message: {car}")


def test_long_headers_are_folded():
    letter = a_letter(LetterKind.MESSAGE, name="Jörg " * 19)
    sent = raw(evolve(letter, facts={**letter.facts, "car": "x" * 500}))

    assert max(map(len, sent.split(b"\r\n\r\n")[0].split(b"\r\n"))) <= 100


def test_an_address_beyond_ascii_stands_in_the_headers_as_it_is():
    assert "To: Anna Smith <jörg@bücher.example>" in headers(raw(a_letter(to="jörg@BÜCHER.example")))


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("Cars <hello@cars.example>", "Cars", "hello@cars.example"),
        ('"Müller, Cars" <hello@Cars.example>', "Müller, Cars", "hello@cars.example"),
        ("hello@cars.example", "cars.example", "hello@cars.example"),
    ],
)
def test_a_sender_is_a_name_and_an_address(text, name, address):
    sender = parse_sender(text)

    assert (sender.name, sender.address, sender.domain) == (name, address, "cars.example")


@pytest.mark.parametrize(
    "text",
    ["", "Cars", "Cars <hello>", "Cars <hällo@cars.example>", "a@b.example, c@d.example", "A <a@b.example\r\nX: y>"],
)
def test_what_is_no_sender_is_refused(text):
    with pytest.raises(InvalidError) as refusal:
        parse_sender(text)

    assert refusal.value.field == "mail_from"
