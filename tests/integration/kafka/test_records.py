"""
What stands in a topic: CloudEvents that others can read, and what a reader makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import ConsumerRecord, TopicPartition

from carmarket.adapters.kafka import KafkaSubscription, offer, parse_address, publisher
from carmarket.adapters.kafka.address import MOST_PARTITIONS, SUBJECTS
from carmarket.adapters.kafka.positions import PLACES, position_of
from carmarket.adapters.kafka.publisher import BATCH_BYTES
from carmarket.codec.events import REGISTRY, UnknownEventError
from carmarket.core.errors import InvalidError
from carmarket.core.events import Event
from carmarket.ports.events import PUBLISHER, SUBSCRIPTIONS, Recorded
from carmarket.testing.builders import NOW
from carmarket.testing.contracts.subscriptions import an_event
from tests.integration.kafka.conftest import member, read_all


async def test_an_event_is_a_cloudevent_in_binary_mode(url):
    event = an_event(1, 7)
    async with offer(url) as opened:
        await (await opened.get(PUBLISHER)).publish([event])

    (record,) = await records(url, "users")

    headers = {name: value.decode() for name, value in record.headers}
    assert record.key == str(event.key).encode()
    assert headers == {
        "ce_specversion": "1.0",
        "ce_id": str(event.id),
        "ce_type": "users.profile-changed",
        "ce_source": "/carmarket/users",
        "ce_subject": str(event.key),
        "ce_time": headers["ce_time"],
        "ce_typeversion": "1",
        "ce_aggregateversion": "7",
        "content-type": "application/json",
    }
    assert datetime.fromisoformat(headers["ce_time"]) == NOW
    assert headers["ce_time"].endswith("Z")
    assert abs(record.timestamp / 1_000 - datetime.now(UTC).timestamp()) < 60  # of its coming, not of its happening


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ([("ce_type", b"users.nobody-knows"), ("ce_typeversion", b"1")], "users.nobody-knows version 1"),
        ([("ce_type", b"users.profile-changed"), ("ce_typeversion", b"99")], "users.profile-changed version 99"),
        ([], "is no event of carmarket"),
    ],
    ids=["an unknown type", "an unknown version", "a foreign record"],
)
async def test_what_is_no_event_stops_its_reader_behind_what_comes_before_it(url, headers, told):
    async with offer(url) as opened:
        publishing = await opened.get(PUBLISHER)
        mail = await member(opened)
        await publishing.publish([an_event(1, 1)])
        await put(url, an_event(), headers)
        await publishing.publish([an_event(1, 2)])

        got = [item.event.version for item in await until_three_are_held(mail)]

        for _ in range(2):
            with pytest.raises(UnknownEventError, match=told):
                await mail.next(10)
    assert got == [1]


@pytest.mark.parametrize("most", [100, 4_096, BATCH_BYTES], ids=["an event a batch", "some a batch", "as usual"])
async def test_a_thousand_events_arrive_once_and_in_order_in_however_many_batches(url, most, monkeypatch):
    monkeypatch.setattr(publisher, "BATCH_BYTES", most)
    events = [an_event(key, version) for version in range(1, 251) for key in range(1, 5)]
    async with offer(url) as opened:
        await (await opened.get(PUBLISHER)).publish(events)
        got = await read_all((await opened.get(SUBSCRIPTIONS)).subscribe("mail"), 1_000)

    for key in range(1, 5):
        assert [item.event.version for item in got if item.event.key.int == key] == list(range(1, 251))


def test_every_event_has_a_topic():
    assert {name.partition(".")[0] for name, _ in REGISTRY} <= set(SUBJECTS)


def test_a_position_is_that_of_no_other_record_and_fits_into_63_bits():
    address = parse_address("kafka://one:9092")
    places = [
        TopicPartition(address.topic(subject), partition)
        for subject in SUBJECTS
        for partition in (0, MOST_PARTITIONS - 1)
    ]
    positions = [position_of(address, place, offset) for place in places for offset in (0, 1, 10**14)]

    assert len(set(positions)) == len(positions)
    assert min(positions) >= 1
    assert max(positions) < 2**63
    assert all(position_of(address, place, 5) - position_of(address, place, 4) == PLACES for place in places)


def test_the_place_of_a_subject_never_changes():
    assert SUBJECTS[:5] == ("catalog", "booking", "users", "reviews", "enquiries")


@pytest.mark.parametrize(
    "url",
    [
        "kafka://", "kafka://one", "kafka://one:port", "kafka://user:secret@one", "kafka:///prefix",
        "kafka://user:secret@one:9092?mechanism=GSSAPI", "kafka://one:9092?mechanism=PLAIN",
        "kafka://one:9092?tls=perhaps", "kafka://one:9092?ca=/a/file",
        "kafka://one:9092/a/b", "kafka://one:9092?partitions=0", "kafka://one:9092?partitions=many",
        "kafka://one:9092?partitions=5000", "kafka://one:9092?colour=1", "kafka://one:9092?replication=0",
        "kafka://one:9092?retention_days=0", "kafka://one:9092#top", "redis://one:9092",
    ],
)  # fmt: skip
def test_what_names_no_brokers_is_refused_without_its_password(url):
    with pytest.raises(InvalidError) as refused:
        parse_address(url)

    assert refused.value.field == "url"
    assert "secret" not in f"{refused.value} {refused.value.value}"


def test_an_address_says_all_or_only_brokers():
    said = parse_address("kafka://one:9092,[::1]:9093/cars?partitions=6&replication=2&retention_days=30")
    plain = parse_address("kafka://one:9092")

    assert (list(said.servers), said.prefix) == (["one:9092", "[::1]:9093"], "cars")
    assert (said.partitions, said.replication, said.retention_days) == (6, 2, 30)
    assert (plain.prefix, plain.partitions, plain.replication, plain.retention_days) == ("carmarket", 12, 3, 7)
    assert (plain.topic("catalog"), plain.group("mail")) == ("carmarket.catalog", "carmarket.mail")


async def records(url: str, subject: str) -> Sequence[ConsumerRecord]:
    """What stands in the topic of the subject, as anybody reads it."""
    address = parse_address(url)
    consumer = AIOKafkaConsumer(address.topic(subject), **address.client(), auto_offset_reset="earliest")
    await consumer.start()
    fetched = await consumer.getmany(timeout_ms=5_000)
    await consumer.stop()
    return [record for found in fetched.values() for record in found]


async def until_three_are_held(subscription: KafkaSubscription) -> Sequence[Recorded]:
    """What is given of them, and done."""
    given: Sequence[Recorded] = ()
    while len(subscription._held) < 3:
        given = await subscription.next(10)
    await subscription.done(given)
    return given


async def put(url: str, event: Event, headers: Sequence[tuple[str, bytes]]) -> None:
    """A record that some other program writes, where the event would stand."""
    address = parse_address(url)
    producer = AIOKafkaProducer(**address.client())
    await producer.start()
    key = str(event.key).encode()
    await producer.send_and_wait(address.topic("users"), key=key, value=b"{}", headers=list(headers))
    await producer.stop()
