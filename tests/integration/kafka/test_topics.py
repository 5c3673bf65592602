"""
The topics: made once, whoever comes first, with what keeps acknowledged events.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from carmarket.adapters.kafka import parse_address, prepare
from carmarket.adapters.kafka.topics import configuration, prepared
from carmarket.core.errors import UnavailableError


async def test_topics_are_made_once_by_however_many(url):
    await asyncio.gather(*(prepare(url) for _ in range(4)))
    await prepare(url)

    assert len(await prepared(parse_address(url))) == 5 * 3


async def test_partitions_that_are_there_stay_whatever_is_said_later(url):
    await prepare(url)
    await prepare(url.replace("partitions=3", "partitions=6"))

    assert len(await prepared(parse_address(url))) == 5 * 3


async def test_they_keep_what_is_acknowledged(url):
    await prepare(f"{url}&retention_days=3")
    address = parse_address(f"{url}&retention_days=3")

    kept = await settings_of(url, address.topic("catalog"))

    assert {name: kept[name] for name in configuration(address)} == dict(configuration(address))
    assert kept["retention.ms"] == str(3 * 24 * 3_600_000)


@pytest.mark.parametrize(("copies", "needed"), [(1, "1"), (2, "1"), (3, "2")])
def test_all_copies_but_one_have_an_event_before_it_counts(copies, needed):
    address = parse_address(f"kafka://one:9092?replication={copies}")

    assert configuration(address)["min.insync.replicas"] == needed


async def test_more_copies_than_brokers_cannot_be_had(url):
    with pytest.raises(UnavailableError, match="eplication"):
        await prepare(url.replace("replication=1", "replication=3"))


async def settings_of(url: str, topic: str) -> dict[str, Any]:
    admin = AIOKafkaAdminClient(**parse_address(url).client())
    await admin.start()
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    await admin.close()
    return {entry[0]: entry[1] for entry in answer.resources[0][4]}
