"""
Webhooks on the command line.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from carmarket import Money, Settings, open_market
from carmarket.core.webhooks.webhook import Webhook
from carmarket.testing.builders import a_dealer, some_details


@pytest.fixture
def hook(tmp_path: Path) -> Webhook:
    """A webhook whose one letter nobody took."""

    async def prepare() -> Webhook:
        settings = Settings(url=f"sqlite:///{tmp_path}/market.db", webhooks_to_loopback=True)
        async with open_market(settings) as market:
            made = await market.webhooks.create(a_dealer(), url="http://127.0.0.1:9/told")
            await market.catalog.draft(a_dealer(), details=some_details(), price=Money(1, "USD"))
            await market.settle()
        return made

    return asyncio.run(prepare())


def test_webhooks_and_what_became_of_their_letters_are_listed(run, hook):
    [listed] = run("webhook", "list", "--json").said
    [sent] = run("webhook", "deliveries", hook.id, "--json").said

    assert listed["id"] == str(hook.id)
    assert "http://127.0.0.1:9/told" in run("webhook", "list").out
    assert (sent["status"], sent["attempts"], sent["reply"]["status"]) == ("pending", 1, None)
    assert "catalog.listing-drafted" in run("webhook", "deliveries", hook.id).out


def test_a_letter_is_sent_again(run, hook):
    [sent] = run("webhook", "deliveries", hook.id, "--json").said

    again = run("webhook", "resend", hook.id, sent["id"], "--json").said

    assert (again["status"], again["attempts"], again["version"]) == ("pending", 0, sent["version"] + 1)
    assert "is on its way again" in run("webhook", "resend", hook.id, sent["id"]).out
    assert run("webhook", "resend", hook.id, UUID(int=5)).code == 3
    assert run("webhook", "deliveries", UUID(int=5)).code == 3
