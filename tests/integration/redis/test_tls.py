"""
An encrypted line: the server of these tests has no TLS of its own, so something stands before it that has.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from carmarket.adapters.redis import offer
from carmarket.ports.cache import CACHE, Cache
from tests.redis_time import RedisTime

MINUTE = timedelta(minutes=1)


def a_certificate(folder: Path, address: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "redis")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / f"{address}.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65_536):
        writer.write(piece)
    writer.close()


@pytest.fixture(params=["127.0.0.1", "127.0.0.2"])
async def encrypted(
    request: pytest.FixtureRequest, redis: RedisTime, tmp_path: Path
) -> AsyncIterator[tuple[str, Path, int]]:
    """For which address the server's certificate is, its file, and its port on 127.0.0.1."""
    file = await asyncio.to_thread(a_certificate, tmp_path, request.param)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await asyncio.open_connection(redis.line.server.host, redis.line.server.port)
        await asyncio.gather(_passed_on(reader, behind[1]), _passed_on(behind[0], writer))

    async with await asyncio.start_server(one, "127.0.0.1", 0, ssl=context) as server:
        yield request.param, file, server.sockets[0].getsockname()[1]


async def kept(cache: Cache) -> bytes | None:
    """Whatever is got within a second: the first question may end before there is a connection."""
    for _ in range(20):
        await cache.put("a", b"1", MINUTE)
        found = await cache.get("a")
        if found is not None:
            return found
        await asyncio.sleep(0.05)
    return None


async def test_a_server_is_spoken_to_if_its_certificate_is_for_it_and_trusted(
    encrypted: tuple[str, Path, int], redis: RedisTime, caplog: pytest.LogCaptureFixture
) -> None:
    address, file, port = encrypted
    password, prefix = redis.line.server.password, redis.line.server.prefix
    url = f"rediss://:{password}@127.0.0.1:{port}?prefix={prefix}"
    async with offer(f"{url}&ca={quote(str(file))}") as trusting, offer(url) as wary:
        found = [await kept(await offered.get(CACHE)) for offered in (trusting, wary)]

    refused = [record.message for record in caplog.records if "certificate verify failed" in record.message]
    assert found == [b"1" if address == "127.0.0.1" else None, None]
    assert len(refused) == found.count(None)
