"""
The law of `ResetRequests`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest

from carmarket.ports.forgotten import RESET_REQUESTS, ResetRequests
from carmarket.ports.offer import Offer
from carmarket.testing.builders import NOW

Open = Callable[[], AbstractAsyncContextManager[Offer]]
SECOND = timedelta(seconds=1)


class ResetRequestsContract:
    """Give a fixture `open_requests` that opens a new, empty store each time it is called."""

    @pytest.fixture
    async def requests(self, open_requests: Open) -> AsyncIterator[ResetRequests]:
        async with open_requests() as offer:
            yield await offer.get(RESET_REQUESTS)

    async def test_requests_wait_the_oldest_first(self, requests: ResetRequests) -> None:
        for number, name in enumerate(["c", "a", "b"]):
            await requests.ask(f"{name}@example.com", NOW + number * SECOND + timedelta(microseconds=1_500))

        waiting = await requests.waiting(2)

        assert [one.email for one in waiting] == ["c@example.com", "a@example.com"]
        assert waiting[1].at == NOW + SECOND + timedelta(milliseconds=1)
        assert len(await requests.waiting(1_000)) == 3

    async def test_a_mailbox_waits_once(self, requests: ResetRequests) -> None:
        await requests.ask("Anna@example.com", NOW)
        await asyncio.gather(*(requests.ask("anna@example.com", NOW + SECOND) for _ in range(8)))

        assert [(one.email, one.at) for one in await requests.waiting(10)] == [("Anna@example.com", NOW)]

    async def test_what_is_settled_is_gone_and_may_come_again(self, requests: ResetRequests) -> None:
        await requests.ask("anna@example.com", NOW)
        await requests.ask("ben@example.com", NOW)
        first = (await requests.waiting(1))[0]

        await requests.settle(first)
        await requests.ask("anna@example.com", NOW + SECOND)
        await requests.settle(first)

        assert [(one.email, one.at) for one in await requests.waiting(10)] == [
            ("ben@example.com", NOW), ("anna@example.com", NOW + SECOND),
        ]  # fmt: skip
