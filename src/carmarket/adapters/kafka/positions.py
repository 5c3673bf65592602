"""
Positions: one number for the place of an event in a topic and partition.
"""

from __future__ import annotations

from aiokafka import TopicPartition

from carmarket.adapters.kafka.address import MOST_PARTITIONS, SUBJECTS, KafkaAddress

MOST_SUBJECTS = 16
PLACES = MOST_SUBJECTS * MOST_PARTITIONS
"""How many partitions there may be at most; what is left of 63 bits is room for 10^14 events in each."""


def position_of(address: KafkaAddress, place: TopicPartition, offset: int) -> int:
    """From 1 upwards. They are kept with dead letters, so the same event has the same for ever."""
    subject = SUBJECTS.index(place.topic.removeprefix(f"{address.prefix}."))
    return (offset + 1) * PLACES + subject * MOST_PARTITIONS + int(place.partition)
