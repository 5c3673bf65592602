"""
The public contract of mailers, unchanged, and the market that finds the adapter by its entry point.
"""

from __future__ import annotations

import asyncio
from mailbox import mbox
from pathlib import Path

import pytest

from carmarket import Settings, open_market
from carmarket.core.errors import InvalidError, UnavailableError
from carmarket.ports.mail import Mailer
from carmarket.testing.contracts.mail import MailerContract, Reader, Sent, read
from carmarket.testing.letters import SENDER, a_letter
from carmarket_mbox import MboxMailer

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def mailer_of(path: Path) -> Mailer:
    async with open_market("memory://") as market:
        return MboxMailer.of(path, sender=SENDER, clock=market.stock.clock)


class TestMboxMailer(MailerContract):
    @pytest.fixture
    async def mailer(self, tmp_path: Path) -> Mailer:
        return await mailer_of(tmp_path / "letters.mbox")

    @pytest.fixture
    def sent(self, tmp_path: Path) -> Reader:
        async def told() -> list[Sent]:
            path = tmp_path / "letters.mbox"
            return [read(message.as_bytes()) for message in mbox(path)] if path.exists() else []

        return told


async def test_a_market_finds_it_by_the_scheme_of_its_url(tmp_path: Path) -> None:
    path = tmp_path / "letters.mbox"
    async with open_market(Settings(url="memory://", mail=f"mbox:///{path}")) as market:
        await market.users.accounts.register(
            email="anna@example.com", password="correct horse battery", name="Anna Berg"
        )

    (letter,) = mbox(path)
    assert letter["To"] == "Anna Berg <anna@example.com>"
    assert path.stat().st_mode & 0o077 == 0


async def test_many_letters_at_once_are_all_there(tmp_path: Path) -> None:
    mailer = await mailer_of(tmp_path / "letters.mbox")
    await asyncio.gather(*(mailer.send(a_letter()) for _ in range(20)))

    assert len(mbox(tmp_path / "letters.mbox")) == 20


async def test_a_file_that_cannot_be_written_is_away(tmp_path: Path) -> None:
    mailer = await mailer_of(tmp_path / "no folder" / "letters.mbox")

    with pytest.raises(UnavailableError):
        await mailer.send(a_letter())


async def test_a_url_without_a_file_is_refused() -> None:
    with pytest.raises(InvalidError) as refused:
        async with open_market(Settings(url="memory://", mail="mbox:///")):
            pass

    assert refused.value.expected == "mbox:///letters.mbox"
