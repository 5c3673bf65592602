"""
Waiting for a broker, but not for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.errors import KafkaError

from carmarket.core.errors import UnavailableError

DEADLINE = 5.0
"""Seconds until a broker that does not answer counts as away. Its client would wait for ever for some answers."""


@asynccontextmanager
async def answering(seconds: float = DEADLINE) -> AsyncIterator[None]:
    """
    What is done inside needs the broker.

    Raises: UnavailableError where it is away, refuses, or does not answer in time; what was asked may have been done.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise UnavailableError(f"Kafka did not answer within {seconds:g} s.") from error
    except (KafkaError, OSError) as error:
        raise UnavailableError(f"Kafka does not serve: {type(error).__name__}: {error}") from error
