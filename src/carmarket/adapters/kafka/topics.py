"""
The topics of a market: made once, with all that their readers and writers count on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code
from attrs import define, field, frozen

from carmarket.adapters.kafka.address import SUBJECTS, KafkaAddress, parse_address
from carmarket.adapters.kafka.answers import DEADLINE, answering
from carmarket.core.errors import UnavailableError
from carmarket.ports.preparing import Preparation
from carmarket.ports.probe import Probe

DAY = 24 * 60 * 60 * 1_000
"""Milliseconds."""
LONGEST_MESSAGE = 1_048_576
PATIENCE = 15.0
"""Seconds that a cluster may take to make topics and to name their leaders."""


@frozen
class KafkaPreparation(Preparation):
    _address: KafkaAddress

    async def prepare(self) -> str:
        places = await prepared(self._address)
        await prepared(self._address, (self._address.dead_letters,))
        return f"{len(SUBJECTS)} topics of {len(places)} partitions in all, and one for dead letters"


@frozen
class KafkaProbe(Probe):
    """A broker tells no version of its own; how many there are, and how many topics, it does."""

    _address: KafkaAddress

    async def version(self) -> str:
        async with answering():
            admin = AIOKafkaAdminClient(**self._address.client(request_timeout_ms=int(DEADLINE * 1_000)))
            try:
                await admin.start()
                cluster = await admin.describe_cluster()
            finally:
                await admin.close()
        count = len(cluster["brokers"])
        return f"Kafka, {count} broker{'' if count == 1 else 's'}"


async def prepare(url: str) -> None:
    """
    Make the topics that are missing. Those that are there stay as they are; others may do the same meanwhile.

    Raises: UnavailableError where the cluster is away or cannot have such topics, such as more copies than brokers.
    """
    await prepared(parse_address(url))


async def prepared(address: KafkaAddress, names: Sequence[str] | None = None) -> Sequence[TopicPartition]:
    """
    All partitions of the topics, by default those of all subjects, of which those that are missing are made.

    Raises: UnavailableError.
    """
    async with answering(PATIENCE):
        admin = AIOKafkaAdminClient(**address.client(request_timeout_ms=int(DEADLINE * 1_000)))
        try:
            await admin.start()
            wanted = address.topics if names is None else names
            places = await _places(admin, wanted)
            if places is None:
                await _make(admin, address, wanted)
            while places is None:
                await asyncio.sleep(0.05)
                places = await _places(admin, wanted)
            return places
        finally:
            await admin.close()


@define
class Topics:
    """Sees to it that they are there before anybody writes or reads, once for all clients of an offer."""

    _address: KafkaAddress
    _names: Sequence[str] | None = field(default=None, kw_only=True)
    _are_there: bool = field(default=False, init=False)
    _lock: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    async def needed(self) -> None:
        """Raises: UnavailableError."""
        async with self._lock:
            if not self._are_there:
                await prepared(self._address, self._names)
                self._are_there = True


def configuration(address: KafkaAddress) -> Mapping[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(address.retention_days * DAY),
        # All but one of the copies have it before a publisher is told so; one may be away.
        "min.insync.replicas": str(max(1, address.replication - 1)),
        # By when it came: an event that waited in an outbox for days is kept as long as any other.
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(LONGEST_MESSAGE),
        # A copy that lags behind never becomes the first: it would forget what is acknowledged.
        "unclean.leader.election.enable": "false",
    }


async def _places(admin: AIOKafkaAdminClient, names: Sequence[str]) -> Sequence[TopicPartition] | None:
    """All partitions, once each of them has a leader."""
    described = await admin.describe_topics(list(names))
    partitions = [(one["topic"], partition) for one in described for partition in one["partitions"]]
    if len({topic for topic, _ in partitions}) < len(names) or any(one["leader"] < 0 for _, one in partitions):
        return None
    return [TopicPartition(topic, one["partition"]) for topic, one in partitions]


async def _make(admin: AIOKafkaAdminClient, address: KafkaAddress, names: Sequence[str]) -> None:
    wanted = [
        NewTopic(topic, address.partitions, address.replication, topic_configs=configuration(address))
        for topic in names
    ]
    answer = await admin.create_topics(wanted)
    for topic, code, *told in answer.topic_errors:
        if for_code(code) not in {NoError, TopicAlreadyExistsError}:
            raise UnavailableError(f"Kafka does not make the topic {topic}: {told[0] if told else for_code(code)}")
