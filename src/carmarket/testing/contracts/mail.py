"""
The law of `Mailer`, as tests.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from email import message_from_string
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTPUTF8, compat32
from email.utils import parseaddr
from uuid import UUID

import pytest
from attrs import evolve, frozen

from carmarket.core.errors import InvalidError
from carmarket.core.language import Language
from carmarket.core.letters import FACTS, UNSAID, LetterKind
from carmarket.ports.mail import Mailer
from carmarket.testing.letters import DOMAIN, a_letter

WRONG_ADDRESSES = [
    "",
    "anna",
    "anna@",
    "@example.com",
    "anna@example",
    "anna example@example.com",
    "anna@example.com, eve@example.com",
    "anna@example.com\r\nBcc: eve@example.com",
    "<anna@example.com>",
    "anna@example.com>",
    "a" * 65 + "@example.com",
    "anna@" + "a" * 260 + ".example",
]
WRONG_LINKS = [
    "/login",
    "javascript:alert(1)",
    "ftp://cars.example",
    "https://cars.example/ a",
    "https://cars.example/<script>",
    'https://cars.example/"onclick="',
    "https://cars.example/\r\nBcc: eve@example.com",
    "https://cärs.example",
    "https://cars.example/" + "a" * 1_000,
]
HOSTILE = "Eve\r\nBcc: eve@example.com\r\n\r\n<script>alert(1)</script>\u2028\u202e\x00\ud800"
NAMES = [
    "",
    "Jörg Müller",
    "آنا سميث",
    'Anna "Ace" O\'Hara, Jr.',
    "王",
    "=?utf-8?q?The_Bank?=",
    "x" * 100,
    "ü" * 100,
    "🚗 " * 30,
]


@frozen
class Sent:
    """What reached the other end: which letter, to whom, and the message, for mailers that write one."""

    letter_id: UUID
    to: str
    name: str | None = None
    message: EmailMessage | None = None


def read(message: bytes, *, to: str | None = None) -> Sent:
    """What a message says on its outside, as a mail program reads it; `to` where the envelope says it."""
    text = message.decode()
    # The newer parser puts a space between the pieces of a long name (RFC 2047, 6.2, has none); the older one does not.
    name, address = parseaddr(str(message_from_string(text, policy=compat32)["To"]))
    parsed = message_from_string(text, policy=SMTPUTF8)
    letter_id = str(parsed["Message-ID"]).removeprefix("<").removesuffix(f"@{DOMAIN}>")
    return Sent(UUID(letter_id), to or address, str(make_header(decode_header(name))), parsed)


class MailerContract:
    """
    Give fixtures `mailer`, and `sent`, which tells what has reached the other end in its order.

    Letters come from `carmarket.testing.letters.SENDER`.
    """

    takes_any_address = True
    """Whether addresses beyond ASCII are taken; if not, they are an InvalidError."""

    @pytest.mark.parametrize("kind", list(LetterKind))
    async def test_a_letter_arrives(self, mailer: Mailer, sent: Reader, kind: LetterKind) -> None:
        letter = a_letter(kind)

        await mailer.send(letter)

        assert [(one.letter_id, one.to) for one in await sent()] == [(letter.id, "anna@example.com")]

    async def test_letters_arrive_each_by_itself(self, mailer: Mailer, sent: Reader) -> None:
        for number in range(3):
            await mailer.send(a_letter(number=number, to=f"anna{number}@example.com"))

        assert sorted((one.letter_id.int, one.to) for one in await sent()) == [
            (number, f"anna{number}@example.com") for number in range(3)
        ]

    async def test_a_letter_that_comes_again_is_the_same_letter(self, mailer: Mailer, sent: Reader) -> None:
        await mailer.send(a_letter())
        await mailer.send(a_letter())
        arrived = await sent()

        assert {one.letter_id for one in arrived} == {a_letter().id}
        assert len({one.message["Message-ID"] for one in arrived if one.message}) <= 1

    @pytest.mark.parametrize("kind", list(LetterKind))
    async def test_a_letter_that_lacks_a_fact_is_refused(self, mailer: Mailer, sent: Reader, kind: LetterKind) -> None:
        whole = a_letter(kind)
        for fact in FACTS[kind] - UNSAID:
            for facts in (
                {name: value for name, value in whole.facts.items() if name != fact},
                {**whole.facts, fact: " "},
            ):
                with pytest.raises(InvalidError, match=f"{kind}.*{fact}") as refusal:
                    await mailer.send(evolve(whole, facts=facts))
                assert refusal.value.field == fact

        assert await sent() == []

    @pytest.mark.parametrize("address", WRONG_ADDRESSES)
    async def test_what_is_no_address_is_refused(self, mailer: Mailer, sent: Reader, address: str) -> None:
        with pytest.raises(InvalidError):
            await mailer.send(a_letter(to=address))

        assert await sent() == []

    @pytest.mark.parametrize("link", WRONG_LINKS)
    async def test_what_is_no_whole_link_is_refused(self, mailer: Mailer, sent: Reader, link: str) -> None:
        digest = a_letter(LetterKind.DIGEST)
        for letter in (
            evolve(digest, facts={**digest.facts, "link": link}),
            evolve(digest, facts={**digest.facts, "cars": f"Golf | {link}"}),
            evolve(digest, unsubscribe=link),
        ):
            with pytest.raises(InvalidError):
                await mailer.send(letter)

        assert await sent() == []

    @pytest.mark.parametrize("name", NAMES)
    async def test_any_name_is_written_to(self, mailer: Mailer, sent: Reader, name: str) -> None:
        await mailer.send(a_letter(name=name))

        arrived = await sent()
        assert [one.to for one in arrived] == ["anna@example.com"]
        assert [one.name for one in arrived if one.message] == [name.strip() for one in arrived if one.message]

    @pytest.mark.parametrize("address", ["jörg@example.com", "آنا@example.com", "anna@bücher.example"])
    async def test_an_address_beyond_ascii_is_written_to_or_refused(
        self, mailer: Mailer, sent: Reader, address: str
    ) -> None:
        if not self.takes_any_address:
            with pytest.raises(InvalidError, match="ASCII"):
                await mailer.send(a_letter(to=address))
            return

        await mailer.send(a_letter(to=address))

        assert [one.to for one in await sent()] == [address]

    @pytest.mark.parametrize("language", list(Language))
    async def test_nothing_that_is_said_becomes_a_header_or_markup(
        self, mailer: Mailer, sent: Reader, language: Language
    ) -> None:
        kinds = [LetterKind.INVITATION, LetterKind.BOOKING_CANCELLED, LetterKind.ALERT]
        for number, kind in enumerate(kinds):
            plain = a_letter(kind, number=number)
            facts = {name: value if name == "link" else HOSTILE for name, value in plain.facts.items()}
            await mailer.send(evolve(plain, name=HOSTILE, facts=facts, language=language))

        arrived = await sent()
        assert [one.to for one in arrived] == ["anna@example.com"] * len(kinds)
        for message in _messages(arrived):
            html = message.get_body(("html",))
            assert html is not None
            assert "Bcc" not in message
            assert len(message["To"].addresses) == 1
            assert "<script" not in html.get_content()


Reader = Callable[[], Awaitable[Sequence[Sent]]]


def _messages(arrived: Sequence[Sent]) -> Sequence[EmailMessage]:
    return [one.message for one in arrived if one.message is not None]
