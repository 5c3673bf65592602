"""
Which brokers, which topics on them, and how those are made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import field, frozen
from attrs.validators import and_, ge, le, matches_re

from carmarket.adapters.kafka.security import KafkaSecurity
from carmarket.core.errors import InvalidError

SUBJECTS = ("catalog", "booking", "users", "reviews", "enquiries")
"""A topic each. Positions are made from the place in this row: new subjects go to its end, and none is taken away."""
MOST_PARTITIONS = 4_096
PREFIX = "carmarket"
EXPECTED = "kafka://user:password@host:9092,host:9092/prefix?partitions=12&replication=3&retention_days=7&tls=true"
TRUTHS = {"true": True, "false": False}
_SERVER = re.compile(r"[A-Za-z0-9._-]+:\d{1,5}|\[[0-9A-Fa-f:]+\]:\d{1,5}")


@frozen(kw_only=True)
class KafkaAddress:
    """Brokers, and a prefix of the names of all topics and groups of one market."""

    servers: Sequence[str]
    prefix: str = field(default=PREFIX, validator=matches_re(r"[A-Za-z0-9._-]{1,100}"))
    partitions: int = field(default=12, validator=and_(ge(1), le(MOST_PARTITIONS)))
    """Of each topic, when it is made; later changes of it are ignored, for they would part a key from its past."""
    replication: int = field(default=3, validator=and_(ge(1), le(100)))
    """Copies of each partition, on as many brokers."""
    retention_days: int = field(default=7, validator=and_(ge(1), le(3_650)))
    """How long readers may be away."""
    security: KafkaSecurity = field(factory=KafkaSecurity)

    @property
    def topics(self) -> Sequence[str]:
        return [self.topic(subject) for subject in SUBJECTS]

    @property
    def dead_letters(self) -> str:
        """The topic that shows dead letters; no reader follows it."""
        return self.topic("dead-letters")

    def topic(self, subject: str) -> str:
        return f"{self.prefix}.{subject}"

    def group(self, reader: str) -> str:
        """The consumer group that stands for the reader of this name."""
        return f"{self.prefix}.{reader}"

    def client(self, **said: Any) -> Mapping[str, Any]:
        """What all clients are told, and what this one is told besides."""
        return {"bootstrap_servers": list(self.servers), "client_id": self.prefix, **self.security.client(), **said}


def parse_address(url: str) -> KafkaAddress:
    """
    From `kafka://one:9092,two:9092/prefix?partitions=12&replication=3&retention_days=7`; only brokers must be said.

    A user and a password stand before the brokers, percent-encoded; `mechanism=PLAIN` or `SCRAM-SHA-256` is for
    brokers that do not take SCRAM-SHA-512. `tls=true` encrypts, and `ca=/a/file` says whose certificates to trust.

    Raises: InvalidError for anything else.
    """
    try:
        parts = urlsplit(url)
        login, _, hosts = parts.netloc.rpartition("@")
        servers = hosts.split(",")
        said = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        security = _security(login, said)
        options: dict[str, Any] = {name: int(value) for name, value in said.items()}
        options["prefix"] = parts.path.strip("/") or PREFIX
        if parts.scheme != "kafka" or parts.fragment or not all(_SERVER.fullmatch(one) for one in servers):
            raise _refused()
        address = KafkaAddress(servers=servers, security=security, **options)
    except (ValueError, TypeError, KeyError):
        raise _refused() from None
    try:
        security.client()
    except OSError as wrong:
        raise InvalidError(
            f"The certificates cannot be read: {wrong.strerror or wrong}.", field="url", value=security.ca,
            expected="a file of certificates in PEM behind ca=",
        ) from None  # fmt: skip
    return address


def _security(login: str, said: dict[str, str]) -> KafkaSecurity:
    """From what stands before the brokers and from options, which it takes out."""
    user, _, password = login.partition(":")
    return KafkaSecurity(
        tls=TRUTHS[said.pop("tls", "false")],
        ca=said.pop("ca", None),
        user=unquote(user) if user else None,
        password=unquote(password),
        mechanism=said.pop("mechanism", None),
    )


def _refused() -> InvalidError:
    # Without what was given: it may hold a password.
    return InvalidError("This names no Kafka brokers.", field="url", expected=EXPECTED)
