"""
Changes that say which version they were decided on, and requests that have one effect.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from carmarket.core.actor import Actor
from carmarket.testing.builders import an_admin
from tests.entrypoints.http.service import GOLF, assert_problem

NOBODY = UUID(int=404)


async def test_a_request_with_a_key_has_one_effect(service):
    key = {"Idempotency-Key": "one"}
    first = await service.ask("POST", "/v1/listings", "dealer", json=GOLF, headers=key)
    await service.act(first, "publish")

    again = await service.ask("POST", "/v1/listings", "dealer", json=GOLF, headers=key)

    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert again.json()["status"] == "published"
    assert len((await service.ask("GET", "/v1/listings", "dealer")).json()["listings"]) == 1


async def test_a_key_stands_for_one_request_of_one_person(service):
    key = {"Idempotency-Key": "one"}
    first = await service.ask("POST", "/v1/listings", "dealer", json=GOLF, headers=key)
    other = {**GOLF, "price": {"amount": 1, "currency": "USD"}}

    reused = await service.ask("POST", "/v1/listings", "dealer", json=other, headers=key)
    elsewhere = await service.ask("POST", "/v1/listings", "other dealer", json=GOLF, headers=key)

    assert_problem(reused, 422, "idempotency-key-reused", field="Idempotency-Key")
    assert elsewhere.json()["id"] != first.json()["id"]


async def test_a_key_stands_for_one_application_of_a_dealer_with_all_its_places(service):
    user = await service.market.users.people.add(
        an_admin(), email="dora@example.com", name="Dora", password="correct horse battery"
    )
    actor, key = Actor(user_id=user.id), {"Idempotency-Key": "one"}
    said = {"name": "Best Cars", "places": [{"name": "Main Street"}]}
    first, again = [await service.ask("POST", "/v1/dealers", actor, json=said, headers=key) for _ in range(2)]

    reused = await service.ask("POST", "/v1/dealers", actor, json={"name": "Best Cars"}, headers=key)

    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert_problem(reused, 422, "idempotency-key-reused", field="Idempotency-Key")


@pytest.mark.parametrize("key", ["", "x" * 201, "two words", "\x7f"])
async def test_a_key_is_a_short_plain_text(shared, key):
    answer = await shared.ask("POST", "/v1/listings", "dealer", json=GOLF, headers={"Idempotency-Key": key})

    assert_problem(answer, 422, "invalid", field="Idempotency-Key")


async def test_a_listing_that_one_has_is_not_sent_again(service):
    drafted = await service.draft()

    answer = await service.ask(
        "GET", drafted.headers["location"], "dealer", headers={"If-None-Match": drafted.headers["etag"]}
    )

    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        (None, 428, "if-match-required"),
        ("", 428, "if-match-required"),
        ('"7"', 412, "stale"),
        ("1", 400, "malformed"),
        ('"1", "2"', 400, "malformed"),
        ('W/"1"', 412, "stale"),
        ('"abc"', 412, "stale"),
        ('"99999999999999999999"', 412, "stale"),
    ],
)
async def test_a_change_names_the_version_it_was_decided_on(shared, said, status, code):
    drafted = await shared.draft()
    path = drafted.headers["location"]
    price = {"amount": 5, "currency": "USD"}

    changes: list[tuple[str, str, Any]] = [
        ("PUT", path, GOLF["details"]),
        ("PUT", f"{path}/price", price),
        ("POST", f"{path}/submit", None),
        ("PUT", f"{path}/photos", {"photos": []}),
        ("DELETE", f"{path}/photos/{NOBODY}", None),
    ]
    for method, to, body in changes:
        answer = await shared.ask(method, to, "dealer", etag=said, json=body)
        assert_problem(answer, status, code)


async def test_a_star_stands_for_whatever_version_there_is(service):
    drafted = await service.draft()

    answer = await service.ask("POST", f"{drafted.headers['location']}/submit", "dealer", etag="*")

    assert answer.json()["status"] == "pending"


async def test_who_loses_a_race_has_failed_the_precondition(service):
    drafted = await service.draft()
    listings = service.market.stock.listings

    class Slow:
        """Somebody else always saves between reading and saving."""

        def __getattr__(self, name):
            return getattr(listings, name)

        async def save(self, change):
            await listings.save(change)
            await listings.save(change)

    object.__setattr__(service.market.catalog, "listings", Slow())
    answer = await service.act(drafted, "submit")

    assert_problem(answer, 412, "concurrency-conflict")
