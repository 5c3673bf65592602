"""
The courier: where it goes, where it never goes, and how long it waits.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from carmarket.adapters.http import HttpCourier
from carmarket.core.errors import InvalidError
from carmarket.core.webhooks.delivery import LONGEST_SAID, DeliveryId
from carmarket.ports.webhooks import Letter
from carmarket.testing.builders import NOW
from carmarket.testing.webhooks import an_event
from tests.receiver import BUSY, OK, receiving, statuses

SECRET = "whsec_of_a_test"
HOST = "shop.example"


def a_letter(url: str, number: int = 1) -> Letter:
    return Letter(delivery_id=DeliveryId(UUID(int=number)), url=url, secret=SECRET, event=an_event(number), at=NOW)


def resolving(*addresses: str) -> Any:
    """A resolver that knows every name, and counts how often it is asked."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        resolve.asked.append((host, port))  # type: ignore[attr-defined]  # a list of its own
        return addresses

    resolve.asked = []  # type: ignore[attr-defined]  # likewise
    return resolve


async def test_a_letter_is_signed_and_says_what_happened():
    async with receiving(OK) as receiver:
        [reply] = await HttpCourier(to_loopback=True).post([a_letter(f"http://127.0.0.1:{receiver.port}/a?b=c")])

    line, headers, _ = receiver.requests[0]
    [told] = receiver.read(SECRET)
    event = an_event()
    assert (reply.status, reply.said) == (200, "ok")
    assert line == "POST /a?b=c HTTP/1.1"
    assert headers["content-type"] == "application/cloudevents+json"
    assert headers["carmarket-delivery"] == str(UUID(int=1))
    assert headers["carmarket-signature"].startswith(f"t={int(NOW.timestamp())},v1=")
    assert (told["specversion"], told["id"], told["type"]) == ("1.0", str(event.id), "catalog.listing-published")
    assert told["data"]["after"]["vehicle"]["model"] == "Golf"
    assert receiver.read("whsec_of_somebody_else") == []


async def test_a_name_is_resolved_once_and_the_letter_goes_to_what_was_looked_at():
    resolve = resolving("127.0.0.1")
    async with receiving(OK) as receiver:
        courier = HttpCourier(to_loopback=True, resolve=resolve)
        [reply] = await courier.post([a_letter(f"http://{HOST}:{receiver.port}/")])

    assert reply.status == 200
    assert resolve.asked == [(HOST, receiver.port)]
    assert receiver.requests[0][1]["host"] == f"{HOST}:{receiver.port}"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["10.1.2.3"], ["172.16.0.1"], ["192.168.1.1"], ["169.254.169.254"], ["100.64.0.1"], ["0.0.0.0"],
        ["224.0.0.1"], ["240.0.0.1"], ["255.255.255.255"], ["::1"], ["::"], ["fe80::1"], ["fe80::1%eth0"], ["fd00::1"],
        ["ff02::1"], ["::ffff:127.0.0.1"], ["64:ff9b::a00:1"], ["2002:7f00:1::"], ["nonsense"],
        ["93.184.215.14", "127.0.0.1"],
    ],
    ids=str,
)  # fmt: skip
async def test_it_goes_to_no_address_that_is_not_public(addresses):
    """Neither when a webhook is set up, nor when what its name resolves to has become another since."""
    async with receiving(OK) as receiver:
        courier = HttpCourier(resolve=resolving(*addresses))
        url = f"https://{HOST}:{receiver.port}/"

        with pytest.raises(InvalidError) as refused:
            await courier.demand_reachable(url)
        [reply] = await courier.post([a_letter(url)])

    assert refused.value.field == "url"
    assert (reply.status, reply.said) == (None, "A webhook has a public address.")
    assert receiver.requests == []


@pytest.mark.parametrize("address", ["10.1.2.3", "169.254.169.254", "fe80::1", "fd00::1", "224.0.0.1"])
async def test_on_a_developers_machine_it_goes_to_that_machine_and_no_further_inside(address):
    courier = HttpCourier(to_loopback=True, resolve=resolving(address))

    with pytest.raises(InvalidError):
        await courier.demand_reachable(f"http://{HOST}/")


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost", "[::1]", "[::ffff:7f00:1]"])
async def test_however_this_machine_is_written_it_is_not_gone_to(host):
    with pytest.raises(InvalidError):
        await HttpCourier().demand_reachable(f"https://{host}/")


async def test_a_public_address_may_be_set_up():
    await HttpCourier(resolve=resolving("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")).demand_reachable(
        f"https://{HOST}/"
    )


async def test_a_name_without_an_address_is_told_so():
    async def nobody(host: str, port: int) -> Sequence[str]:
        raise OSError("unknown")

    courier = HttpCourier(resolve=nobody)

    with pytest.raises(InvalidError, match="Nobody knows this host"):
        await courier.demand_reachable(f"https://{HOST}/")
    assert (await courier.post([a_letter(f"https://{HOST}/")]))[0].said == "Nobody knows this host."
    with pytest.raises(InvalidError):
        await HttpCourier(resolve=resolving()).demand_reachable(f"https://{HOST}/")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(status):
    async with receiving(OK) as inside:
        away = f"HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.1:{inside.port}/\r\nContent-Length: 0\r\n\r\n"
        async with receiving(away.encode()) as receiver:
            [reply] = await HttpCourier(to_loopback=True).post([a_letter(f"http://127.0.0.1:{receiver.port}/")])

    assert (reply.status, reply.is_taken, reply.said) == (status, False, "Redirects are not followed.")
    assert inside.requests == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (BUSY, 503),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil it ends", 200),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200),
        (b"", None),
        (b"SSH-2.0-OpenSSH_9.2\r\n", None),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n" + b"x" * 100_000, 200),
    ],
    ids=str,
)
async def test_whatever_comes_back_is_a_reply_of_bounded_length(answer, status):
    async with receiving(answer) as receiver:
        [reply] = await HttpCourier(to_loopback=True).post([a_letter(f"http://127.0.0.1:{receiver.port}/")])

    assert reply.status == status
    assert len(reply.said) <= LONGEST_SAID
    assert reply.said or status == 204


async def test_one_that_does_not_answer_holds_up_no_other():
    async with receiving(None) as silent, receiving(OK) as receiver:
        courier = HttpCourier(to_loopback=True, patience=0.3)
        replies = await courier.post([
            a_letter(f"http://127.0.0.1:{silent.port}/"),
            a_letter(f"http://127.0.0.1:{receiver.port}/", 2),
            a_letter("http://127.0.0.1:9/", 3),
        ])  # fmt: skip

    assert statuses(replies) == [None, 200, None]
    assert "within 0.3 seconds" in replies[0].said
    assert "ConnectionRefusedError" in replies[2].said


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For the name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    names = [x509.DNSName(HOST), x509.IPAddress(ip_address("127.0.0.9"))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return path


async def test_a_certificate_has_to_be_the_names_and_signed_by_somebody_known(certificate):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    resolve = resolving("127.0.0.1")
    async with receiving(OK, tls=tls) as receiver:
        known = HttpCourier(to_loopback=True, resolve=resolve, trust=trusting)
        [taken] = await known.post([a_letter(f"https://{HOST}:{receiver.port}/")])
        [another] = await known.post([a_letter(f"https://other.example:{receiver.port}/")])
        [unknown] = await HttpCourier(to_loopback=True, resolve=resolve).post([
            a_letter(f"https://{HOST}:{receiver.port}/")
        ])  # fmt: skip

    assert statuses([taken, another, unknown]) == [200, None, None]
    assert "certificate" in another.said
    assert "certificate" in unknown.said
    assert len(receiver.requests) == 1
