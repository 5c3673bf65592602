"""
Mailers: in memory, a folder, and servers that speak SMTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from carmarket.adapters.eml import EmlMailer
from carmarket.adapters.memory import MemoryClock, MemoryMailer
from carmarket.adapters.smtp import SmtpMailer, parse_server
from carmarket.ports.mail import Mailer
from carmarket.testing.contracts.mail import MailerContract, Reader, Sent, read
from carmarket.testing.letters import SENDER
from tests.mail_server import MailServer, running


class TestMemoryMailer(MailerContract):
    @pytest.fixture
    def mailer(self) -> Mailer:
        return MemoryMailer()

    @pytest.fixture
    def sent(self, mailer: MemoryMailer) -> Reader:
        async def told() -> list[Sent]:
            return [Sent(letter.id, letter.to) for letter in mailer.sent]

        return told


class TestEmlMailer(MailerContract):
    @pytest.fixture
    def mailer(self, tmp_path: Path) -> Mailer:
        return EmlMailer.of(tmp_path / "letters", sender=SENDER, clock=MemoryClock())

    @pytest.fixture
    def sent(self, tmp_path: Path) -> Reader:
        async def told() -> list[Sent]:
            return await asyncio.to_thread(
                lambda: [read(file.read_bytes()) for file in sorted((tmp_path / "letters").glob("*"))]
            )

        return told


class SmtpMailerContract(MailerContract):
    @pytest.fixture
    def mailer(self, server: MailServer) -> Mailer:
        return SmtpMailer.of(parse_server(server.url), sender=SENDER, clock=MemoryClock())

    @pytest.fixture
    def sent(self, server: MailServer) -> Reader:
        async def told() -> list[Sent]:
            return [read(one.message, to=one.recipients[0]) for one in server.taken]

        return told


class TestSmtpMailer(SmtpMailerContract):
    @pytest.fixture
    async def server(self) -> AsyncIterator[MailServer]:
        async with running(takes_utf8=True) as server:
            yield server


class TestSmtpMailerOfAnOldServer(SmtpMailerContract):
    takes_any_address = False

    @pytest.fixture
    async def server(self) -> AsyncIterator[MailServer]:
        async with running(takes_utf8=False) as server:
            yield server
