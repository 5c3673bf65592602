"""
Webhooks over REST.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carmarket import Settings
from tests.entrypoints.http.service import Service, assert_problem, serving
from tests.receiver import BUSY, OK, receiving

HOOK = {"url": "http://127.0.0.1:9/", "event_types": ["catalog.listing-published"]}


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A market whose webhooks may be on this machine."""
    async with serving(Settings(url="memory://", limits=None, webhooks_to_loopback=True)) as opened:
        yield opened


async def test_the_secret_is_shown_once(service):
    made = await service.ask("POST", "/v1/webhooks", "dealer", json=HOOK)
    shown = await service.ask("GET", made.headers["location"], "dealer")
    listed = await service.ask("GET", "/v1/webhooks", "dealer")

    assert made.status_code == 201
    assert made.headers["etag"] == '"1"'
    assert made.headers["cache-control"] == "no-store"
    assert made.json()["secret"].startswith("whsec_")
    assert made.json()["event_types"] == HOOK["event_types"]
    assert shown.json() == {**made.json(), "secret": None}
    assert listed.json() == {"webhooks": [shown.json()], "next": None}


async def test_the_same_request_with_the_same_key_is_one(service):
    headers = {"Idempotency-Key": "one"}
    first, again = [await service.ask("POST", "/v1/webhooks", "dealer", json=HOOK, headers=headers) for _ in range(2)]
    other = await service.ask("POST", "/v1/webhooks", "dealer", json={"url": HOOK["url"]}, headers=headers)

    assert first.json() == again.json()
    assert_problem(other, 422, "idempotency-key-reused")


async def test_from_the_event_to_the_letter_and_again(service):
    async with receiving(BUSY, OK) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/told"
        made = await service.ask("POST", "/v1/webhooks", "dealer", json={**HOOK, "url": url})
        published = await service.publish()
        address = f"{made.headers['location']}/deliveries"
        [tried] = (await service.ask("GET", address, "dealer")).json()["deliveries"]
        resent = await service.ask("POST", f"{address}/{tried['id']}/resend", "dealer")
        await service.market.settle()
        [done] = (await service.ask("GET", address, "dealer")).json()["deliveries"]

    assert (tried["status"], tried["reply"], tried["attempts"]) == ("pending", {"status": 503, "said": "busy"}, 1)
    assert (tried["event_type"], tried["subject"]) == (HOOK["event_types"][0], published.json()["id"])
    assert (resent.status_code, resent.json()["attempts"]) == (200, 0)
    assert (done["status"], done["reply"]["status"]) == ("delivered", 200)
    assert len(receiver.read(made.json()["secret"])) == 2


async def test_a_webhook_is_said_anew_on_its_newest_version(service):
    made = await service.ask("POST", "/v1/webhooks", "dealer", json=HOOK)
    where = made.headers["location"]

    revised = await service.ask("PUT", where, "dealer", etag='"1"', json={"url": HOOK["url"], "is_active": False})

    assert (revised.json()["version"], revised.json()["is_active"], revised.json()["event_types"]) == (2, False, [])
    assert revised.headers["etag"] == '"2"'
    assert_problem(await service.ask("PUT", where, "dealer", etag='"1"', json=HOOK), 412, "stale")
    assert_problem(await service.ask("PUT", where, "dealer", json=HOOK), 428, "if-match-required")
    assert (await service.ask("GET", where, "dealer", headers={"If-None-Match": '"2"'})).status_code == 304


async def test_a_webhook_is_deleted(service):
    made = await service.ask("POST", "/v1/webhooks", "dealer", json=HOOK)

    gone = await service.ask("DELETE", made.headers["location"], "dealer")

    assert (gone.status_code, gone.content) == (204, b"")
    assert "content-type" not in gone.headers
    assert_problem(await service.ask("GET", made.headers["location"], "dealer"), 404, "not-found")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "ftp://shop.example"}, "url"),
        ({"url": HOOK["url"], "event_types": ["users.user-registered"]}, "event_types"),
        ({"url": HOOK["url"], "secret": "mine"}, "secret"),
        ({}, "url"),
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_by_the_name_of_its_field(service, said, field):
    assert_problem(await service.ask("POST", "/v1/webhooks", "dealer", json=said), 422, "invalid", field=field)


async def test_lists_are_walked_by_cursors(service):
    for _ in range(3):
        await service.ask("POST", "/v1/webhooks", "dealer", json=HOOK)
    await service.publish()
    first = (await service.ask("GET", "/v1/webhooks?limit=2", "dealer")).json()
    rest = (await service.ask("GET", f"/v1/webhooks?limit=2&cursor={first['next']}", "dealer")).json()
    all_of_them = await service.ask("GET", "/v1/webhooks?everybody=true", "admin")

    assert [one["id"] for page in (first, rest) for one in page["webhooks"]] == [
        one["id"] for one in all_of_them.json()["webhooks"]
    ]
    assert_problem(
        await service.ask("GET", f"/v1/webhooks?cursor={first['next']}", "other dealer"), 400, "cursor-forged"
    )
    assert_problem(await service.ask("GET", "/v1/webhooks?everybody=true", "dealer"), 403, "forbidden")


async def test_deliveries_are_walked_by_cursors(service):
    made = await service.ask("POST", "/v1/webhooks", "dealer", json={"url": HOOK["url"]})
    await service.publish()
    address = f"{made.headers['location']}/deliveries"
    first = (await service.ask("GET", f"{address}?limit=2", "dealer")).json()
    rest = (await service.ask("GET", f"{address}?limit=2&cursor={first['next']}", "dealer")).json()

    assert len({one["id"] for page in (first, rest) for one in page["deliveries"]}) == 3
    assert rest["next"] is None
