"""The event bus on Kafka: events published to topics, and read by name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from attrs import frozen

from carmarket.adapters.kafka.address import KafkaAddress, parse_address
from carmarket.adapters.kafka.dead_letters import KafkaDeadLetterTopic
from carmarket.adapters.kafka.publisher import KafkaEventPublisher
from carmarket.adapters.kafka.reach import Reach
from carmarket.adapters.kafka.replay import replay
from carmarket.adapters.kafka.subscription import KafkaSubscription
from carmarket.adapters.kafka.topics import KafkaPreparation, KafkaProbe, Topics, prepare
from carmarket.ports.dead_letters import DEAD_LETTER_TOPIC, DeadLetterTopic
from carmarket.ports.events import PUBLISHER, SUBSCRIPTIONS, EventPublisher, Subscription, Subscriptions
from carmarket.ports.offer import Offer
from carmarket.ports.preparing import PREPARATION, Preparation
from carmarket.ports.probe import PROBE, Probe

__all__ = [
    "KafkaAddress",
    "KafkaEventPublisher",
    "KafkaSubscription",
    "KafkaSubscriptions",
    "offer",
    "parse_address",
    "prepare",
    "replay",
]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """
    The brokers that the URL names: `kafka://one:9092,two:9092/prefix?partitions=12&replication=3&retention_days=7`.

    Nothing is connected until it is used; then topics that are missing are made.

    Raises: InvalidError for a URL that says something else.
    """
    address = parse_address(url)
    topics = Topics(address)
    async with AsyncExitStack() as stack:

        async def publisher() -> EventPublisher:
            made = KafkaEventPublisher(address, topics)
            stack.push_async_callback(made.close)
            return made

        async def subscriptions() -> Subscriptions:
            reach = Reach(address)
            stack.push_async_callback(reach.close)
            return KafkaSubscriptions(address, topics, reach, stack)

        async def dead_letter_topic() -> DeadLetterTopic:
            return KafkaDeadLetterTopic(address)

        async def probe() -> Probe:
            return KafkaProbe(address)

        async def preparation() -> Preparation:
            return KafkaPreparation(address)

        yield Offer(
            {
                PUBLISHER.name: publisher,
                SUBSCRIPTIONS.name: subscriptions,
                DEAD_LETTER_TOPIC.name: dead_letter_topic,
                PREPARATION.name: preparation,
                PROBE.name: probe,
            }
        )


@frozen
class KafkaSubscriptions(Subscriptions):
    """Each subscription is a member of its reader's group, until the offer is closed."""

    _address: KafkaAddress
    _topics: Topics
    _reach: Reach
    _stack: AsyncExitStack

    def subscribe(self, reader: str) -> Subscription:
        subscription = KafkaSubscription(self._address, self._topics, self._reach, reader)
        self._stack.push_async_callback(subscription.close)
        return subscription
