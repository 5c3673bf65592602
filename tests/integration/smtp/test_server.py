"""
What only letters to a server have: encryption, log-in, and refusals for now or for good.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from carmarket import Settings, open_market
from carmarket.adapters.memory import MemoryClock
from carmarket.adapters.smtp import SmtpMailer, parse_server
from carmarket.adapters.smtp.server import SmtpServer, Tls
from carmarket.config import shown, stores
from carmarket.core.errors import InvalidError, UnavailableError
from carmarket.testing.letters import SENDER, a_letter
from tests.mail_server import MailServer, running


def mailer(url: str, *, timeout: float = 10) -> SmtpMailer:
    return evolve(SmtpMailer.of(parse_server(url), sender=SENDER, clock=MemoryClock()), timeout=timeout)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with running() as opened:
        yield opened


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine, with its key, that nobody trusts yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path_factory.mktemp("tls") / "mail.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
async def encrypted(certificate: Path) -> AsyncIterator[MailServer]:
    """One that takes nothing in the open, and letters from "shop" alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with running(tls=context, password="p@ss word") as opened:
        opened.url = opened.url.replace("//", "//shop:p%40ss%20word@").replace("tls=none", "tls=starttls")
        yield opened


async def test_the_envelope_says_whom_it_is_from_and_to(server):
    await mailer(server.url).send(a_letter())

    (taken,) = server.taken
    assert (taken.sender, taken.recipients) == ("hello@cars.example", ["anna@example.com"])


async def test_a_sender_of_the_server_is_preferred_to_the_markets(server):
    await mailer(server.url + "&from=Other%20Cars%20%3Ccars@other.example%3E").send(a_letter())

    (taken,) = server.taken
    assert taken.sender == "cars@other.example"
    assert b"From: Other Cars <cars@other.example>" in taken.message


async def test_letters_go_encrypted_to_who_logs_in(encrypted, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    await mailer(encrypted.url).send(a_letter())

    (taken,) = encrypted.taken
    assert (taken.user, taken.was_encrypted) == ("shop", True)


async def test_a_server_that_nobody_vouches_for_gets_no_letter(encrypted):
    with pytest.raises(UnavailableError):
        await mailer(encrypted.url).send(a_letter())

    assert encrypted.taken == []


async def test_a_wrong_password_lets_letters_wait(encrypted, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with pytest.raises(UnavailableError):
        await mailer(encrypted.url.replace("word", "ward")).send(a_letter())

    assert encrypted.taken == []


async def test_a_server_without_encryption_gets_no_letter_where_it_is_asked_for(server):
    with pytest.raises(UnavailableError):
        await mailer(server.url.replace("none", "starttls")).send(a_letter())

    assert server.taken == []


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
async def test_a_refusal_for_good_is_the_letters_fault(server, command):
    server.replies = {command: "550 5.1.1 no such person"}

    with pytest.raises(InvalidError, match="550") as refusal:
        await mailer(server.url).send(a_letter())

    assert refusal.value.field == "email"
    assert refusal.value.value == "anna@example.com"


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("RCPT", "451 4.2.0 greylisted"),
        ("DATA", "452 4.3.1 no space"),
        ("MAIL", "421 4.3.2 closing"),
        ("MAIL", "550 5.7.1 you may not send"),
    ],
)
async def test_a_refusal_for_now_or_of_the_market_lets_letters_wait(server, command, reply):
    server.replies = {command: reply}
    with pytest.raises(UnavailableError) as refusal:
        await mailer(server.url).send(a_letter())
    server.replies = {}
    await mailer(server.url).send(a_letter())

    assert refusal.value.retry_after >= 1
    assert len(server.taken) == 1


async def test_a_server_that_is_not_there_lets_letters_wait(server):
    async with running() as gone:
        url = gone.url

    with pytest.raises(UnavailableError):
        await mailer(url).send(a_letter())


async def test_a_server_that_says_nothing_is_not_waited_for():
    left = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        left.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as deaf:
        port = deaf.sockets[0].getsockname()[1]
        with pytest.raises(UnavailableError):
            await mailer(f"smtp://127.0.0.1:{port}?tls=none", timeout=0.05).send(a_letter())
        await left.wait()


async def test_a_market_sends_by_the_server_of_its_settings(server):
    async with open_market(Settings(url="memory://", mail=server.url, mail_from=SENDER)) as market:
        await market.stock.mailer.send(a_letter())

    assert len(server.taken) == 1


def test_a_url_says_all_of_a_server():
    assert parse_server("smtp://a%40b:p%3Aq@mail.example:2525?tls=tls&from=Cars+<a@b.example>") == SmtpServer(
        host="mail.example", port=2525, tls=Tls.TLS, user="a@b", password="p:q", sender="Cars <a@b.example>"
    )


@pytest.mark.parametrize(
    ("url", "tls", "port"),
    [
        ("smtp://mail.example", Tls.STARTTLS, 587),
        ("smtp://mail.example/?tls=tls", Tls.TLS, 465),
        ("smtp://mail.example?tls=none", Tls.NONE, 25),
    ],
)
def test_what_a_url_leaves_open_is_the_usual_and_safe(url, tls, port):
    server = parse_server(url)

    assert (server.tls, server.port, server.user, server.sender) == (tls, port, None, None)


@pytest.mark.parametrize(
    "url",
    [
        "smtp://",
        "smtp:mail.example",
        "smtp://mail.example/inbox",
        "smtp://mail.example:many",
        "smtp://mail.example?tls=perhaps",
        "smtp://mail.example?tsl=none",
        "smtp://mail.example?tls",
        "smtp://mail.example#tls=none",
        "smtp://shop@mail.example",
        "smtp://shop:secret@mail.example?tls=none",
        "imap://mail.example",
    ],
)
def test_what_names_no_server_is_refused_without_its_password(url):
    with pytest.raises(InvalidError) as refusal:
        parse_server(url)

    assert "secret" not in f"{refusal.value} {refusal.value.value}"


def test_a_password_is_shown_to_nobody():
    url = "smtp://shop:secret@mail.example"
    settings = Settings(url="memory://", mail=url)

    assert stores(settings).mail == url
    assert "secret" not in f"{settings} {stores(settings)} {parse_server(url)} {mailer(url)} {shown(url)}"
    assert shown(url) == "smtp://shop:***@mail.example"
    assert shown("sqlite:///a.db") == "sqlite:///a.db"
