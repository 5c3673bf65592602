"""
Brokers that want TLS and a password, genuine ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from carmarket.adapters.kafka import offer, parse_address
from carmarket.core.errors import InvalidError, UnavailableError
from carmarket.ports.events import PUBLISHER
from carmarket.ports.preparing import PREPARATION
from carmarket.ports.probe import PROBE
from carmarket.testing.builders import a_published
from tests.conftest import IS_CI
from tests.integration.kafka.conftest import OPTIONS, member, read_all
from tests.servers import kafka
from tests.servers.processes import CannotBeHadError

LOGIN = "org.apache.kafka.common.security"
USER, PASSWORD = "market", "p@ss:word/%"
QUOTED = "p%40ss%3Aword%2F%25"


@frozen
class Guarded:
    """A broker, and who vouches for it."""

    host: str
    ca: Path

    def url(self, login: str, **options: str) -> str:
        said = "".join(f"&{name}={value}" for name, value in options.items())
        return f"kafka://{login}@{self.host}/secret?{OPTIONS}{said}"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder: Path = tmp_path_factory.mktemp("guarded")
    key, certificate = _certificate()
    ca = folder / "ca.pem"
    ca.write_text(certificate)
    jaas = f'required username="{USER}" password="{PASSWORD}"'
    scram = f"{LOGIN}.scram.ScramLoginModule {jaas};"
    try:
        server = kafka.start(
            folder,
            said={
                "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:SASL_SSL",
                "inter.broker.listener.name": "PLAINTEXT",
                "sasl.mechanism.inter.broker.protocol": "PLAIN",
                "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
                "listener.name.plaintext.plain.sasl.jaas.config": (
                    f'{LOGIN}.plain.PlainLoginModule {jaas} user_{USER}="{PASSWORD}";'
                ),
                **{f"listener.name.plaintext.scram-sha-{size}.sasl.jaas.config": scram for size in (256, 512)},
                "ssl.truststore.type": "PEM",
                "ssl.truststore.certificates": certificate.replace("\n", "\\n"),
                "ssl.keystore.type": "PEM",
                "ssl.keystore.key": key.replace("\n", "\\n"),
                "ssl.keystore.certificate.chain": certificate.replace("\n", "\\n"),
            },
            users=[f"SCRAM-SHA-{size}=[name={USER},password={PASSWORD}]" for size in (256, 512)],
        )
    except CannotBeHadError as missing:
        (pytest.fail if IS_CI else pytest.skip)(str(missing))
    yield Guarded(server.url.removeprefix("kafka://"), ca)
    server.stop()


@pytest.mark.parametrize("options", [{"mechanism": "PLAIN"}, {"mechanism": "SCRAM-SHA-256"}, {}])
async def test_who_has_the_password_publishes_and_reads(guarded: Guarded, options: dict[str, str]) -> None:
    url = guarded.url(f"{USER}:{QUOTED}", tls="true", ca=str(guarded.ca), **options)
    async with offer(url) as opened:
        await (await opened.get(PREPARATION)).prepare()
        reader = await member(opened, f"mail-{options.get('mechanism', 'default')}")
        await (await opened.get(PUBLISHER)).publish(a_published(1).events)

        assert {item.event.key.int for item in await read_all(reader, 3)} == {1}
        assert (await (await opened.get(PROBE)).version()).startswith("Kafka")


@pytest.mark.parametrize(
    ("login", "options"),
    [
        (f"{USER}:wrong", {"tls": "true", "ca": "trusted"}),
        (f"{USER}:{QUOTED}", {"tls": "true"}),
        (f"{USER}:{QUOTED}", {}),
    ],
    ids=["another password", "a certificate that nobody trusts", "no TLS"],
)
async def test_who_is_not_let_in_is_told_that_there_is_no_answer(
    guarded: Guarded, login: str, options: dict[str, str]
) -> None:
    said = {**options, **({"ca": str(guarded.ca)} if "ca" in options else {})}
    async with offer(guarded.url(login, **said)) as opened:
        with pytest.raises(UnavailableError) as away:
            await (await opened.get(PROBE)).version()

        assert PASSWORD not in str(away.value)


def test_a_password_is_shown_to_nobody() -> None:
    address = parse_address(f"kafka://{USER}:{QUOTED}@one:9092,two:9092/cars?tls=true&mechanism=PLAIN")

    assert address.security.password == PASSWORD
    assert PASSWORD not in repr(address)
    assert address.client()["security_protocol"] == "SASL_SSL"


def test_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate")
    for name in ("missing.pem", "empty.pem"):
        with pytest.raises(InvalidError) as refused:
            parse_address(f"kafka://one:9092?tls=true&ca={tmp_path}/{name}")

        assert refused.value.value == f"{tmp_path}/{name}"


def _certificate() -> tuple[str, str]:
    """A key, and a certificate of its own for this machine, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "carmarket tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode().strip(), made.public_bytes(serialization.Encoding.PEM).decode().strip()
