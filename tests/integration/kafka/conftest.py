"""
Topics of their own for each test, on the broker that all share, and a broker to be killed or frozen.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from attrs import define

from carmarket.adapters.kafka import KafkaSubscription
from carmarket.ports.events import SUBSCRIPTIONS, Recorded, Subscription
from carmarket.ports.offer import Offer
from tests.conftest import IS_CI
from tests.servers import kafka
from tests.servers.processes import CannotBeHadError, Server

OPTIONS = "partitions=3&replication=1"


@pytest.fixture
def url(server_of: Callable[[str], str]) -> str:
    return fresh(server_of("kafka"))


def fresh(server: str) -> str:
    """The URL with a prefix that nobody has used."""
    return f"{server}/{uuid4().hex}?{OPTIONS}"


@define
class OwnBroker:
    """A broker that belongs to one test."""

    server: Server

    @property
    def url(self) -> str:
        return fresh(self.server.url)

    def kill(self) -> None:
        """As by a power cut."""
        os.killpg(self.server.pid, signal.SIGKILL)
        os.waitpid(self.server.pid, 0)

    def start_again(self) -> None:
        """On the data that there are."""
        self.server = kafka.launch(self.server.folder, int(self.server.url.rpartition(":")[2]))

    def freeze(self) -> None:
        os.killpg(self.server.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.server.pid, signal.SIGCONT)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[OwnBroker]:
    try:
        own = OwnBroker(kafka.start(tmp_path))
    except CannotBeHadError as missing:
        (pytest.fail if IS_CI else pytest.skip)(str(missing))
    yield own
    own.thaw()
    own.server.stop()


async def member(opened: Offer, reader: str = "mail") -> KafkaSubscription:
    """Of the reader's group."""
    subscription = (await opened.get(SUBSCRIPTIONS)).subscribe(reader)
    assert isinstance(subscription, KafkaSubscription)
    return subscription


def consumer_of(subscription: KafkaSubscription) -> Any:
    """What stands for it in its group at present."""
    consumer = subscription._member.made
    assert consumer is not None
    return consumer


async def read_all(subscription: Subscription, count: int, *, within: float = 30) -> Sequence[Recorded]:
    """So many events and no more, each of them worked off."""
    got: list[Recorded] = []
    async with asyncio.timeout(within):
        while len(got) < count:
            batch = await subscription.next(100)
            await subscription.done(batch)
            got += batch
    assert not await subscription.next(1)
    return got


async def until(holds: Callable[[], bool], *, within: float = 60) -> None:
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110  what is waited for tells nobody
            await asyncio.sleep(0.001)
