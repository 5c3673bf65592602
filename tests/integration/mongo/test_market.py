"""
A market whose people and reviews are in MongoDB, while the rest of it is elsewhere.
"""

from __future__ import annotations

from carmarket import Settings, open_market
from carmarket.testing.builders import an_admin


async def test_what_people_tell_reaches_the_log_of_the_market(url, tmp_path):
    settings = Settings(url="memory://", users=url, keys=str(tmp_path / "keys"))
    async with open_market(settings) as market:
        user = await market.users.people.add(
            an_admin(), email="anna@example.com", name="Anna", password="correct horse"
        )
        await market.settle()

        assert market.stock.log is not None
        told = [one.event for one in await market.stock.log.read(0, 100) if one.event.key == user.id]
        assert [event.version for event in told] == list(range(1, user.version + 1))
        assert {(await outbox.waiting()).count for outbox in market.stock.outboxes.values()} == {0}

    async with open_market(settings) as again:
        assert await again.stock.users.get(user.id) == user
