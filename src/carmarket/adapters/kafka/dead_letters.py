"""
A topic that shows dead letters to whatever operators look at topics with.
"""

from __future__ import annotations

from attrs import field, frozen

from carmarket.adapters.kafka.address import KafkaAddress
from carmarket.adapters.kafka.answers import answering
from carmarket.adapters.kafka.envelope import record_of
from carmarket.adapters.kafka.publisher import abandon, started
from carmarket.adapters.kafka.topics import Topics
from carmarket.core.dead_letters import ParkedEvent
from carmarket.ports.dead_letters import DeadLetterTopic


@frozen
class KafkaDeadLetterTopic(DeadLetterTopic):
    """The event as it was published, with headers that say who failed at it, how often, and why."""

    _address: KafkaAddress
    _topics: Topics = field(init=False)

    @_topics.default
    def _its_topic(self) -> Topics:
        return Topics(self._address, names=(self._address.dead_letters,))

    async def tell(self, dead: ParkedEvent) -> None:
        await self._topics.needed()
        record = record_of(dead.event)
        said = {"reader": dead.reader, "position": str(dead.position), "tries": str(dead.tries), "error": dead.error}
        headers = [*record["headers"], *((name, value.encode()) for name, value in said.items())]
        # Dead letters are few: a producer that is kept for them would be one more to look after.
        producer = await started(self._address)
        try:
            async with answering():
                await producer.send_and_wait(
                    self._address.dead_letters, key=record["key"], value=record["value"], headers=headers
                )
        finally:
            await abandon(producer)
