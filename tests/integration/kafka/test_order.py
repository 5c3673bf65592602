"""
R7 on Kafka: whatever fails, no event of a key arrives for the first time before an earlier one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from carmarket.adapters.kafka import envelope, offer, publisher
from carmarket.core.errors import UnavailableError
from carmarket.core.events import Event
from carmarket.ports.events import PUBLISHER, SUBSCRIPTIONS
from carmarket.testing.contracts.subscriptions import an_event


def refused_if_first(event: Event) -> dict[str, Any]:
    """As it goes to the broker; the first version is longer than it takes."""
    record = envelope.record_of(event)
    return {**record, "value": record["value"] + b" " * (2_000_000 if event.version == 1 else 0)}


async def run(url: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The first of three events is one that the broker refuses. Which of them are there."""
    monkeypatch.setattr(publisher, "BATCH_BYTES", 100)
    monkeypatch.setattr(publisher, "record_of", refused_if_first)
    async with offer(url) as opened:
        publishing = await opened.get(PUBLISHER)
        with pytest.raises(UnavailableError):
            await publishing.publish([an_event(1, version) for version in (1, 2, 3)])
        mail = (await opened.get(SUBSCRIPTIONS)).subscribe("mail")
        return [item.event.version for item in await mail.next(10)]


@pytest.mark.promise("R7")
async def test_nothing_is_sent_behind_what_is_refused(url, monkeypatch, record_property):
    record_property("on", "kafka")

    assert not await run(url, monkeypatch)


@pytest.mark.mutant("R7")
async def test_a_publisher_that_does_not_wait_for_each_batch_is_caught(url, monkeypatch):
    async def send_at_once(producer: Any, place: Any, records: Sequence[Mapping[str, Any]]) -> None:
        sent = []
        for record in records:
            batch = producer.create_batch()
            batch.append(timestamp=None, **record)
            batch.close()
            sent.append(await producer.send_batch(batch, place.topic, partition=place.partition))
        failed = [
            error for error in await asyncio.gather(*sent, return_exceptions=True) if isinstance(error, Exception)
        ]
        if failed:
            raise failed[0]

    monkeypatch.setattr(publisher, "_send", send_at_once)

    assert await run(url, monkeypatch) == [2, 3]
