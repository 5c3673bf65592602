"""
Listing a car over REST, and everything that can be done with it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.entrypoints.http.service import GOLF, assert_problem


async def test_a_draft_tells_where_it_is_and_which_version(service):
    drafted = await service.draft()

    listing = drafted.json()
    assert drafted.headers["location"] == f"/v1/listings/{listing['id']}"
    assert drafted.headers["etag"] == '"1"'
    assert listing["status"] == "draft"
    assert listing["price"] == GOLF["price"]
    assert listing["details"]["vehicle"]["model"] == "Golf"
    assert listing["actions"] == ["archive", "publish", "submit"]
    assert "fingerprint" not in listing
    shown = await service.ask("GET", drafted.headers["location"], "dealer")
    assert shown.json() == listing


async def test_details_are_said_anew(service):
    drafted = await service.draft()
    details = {"vehicle": {"make": "Volkswagen", "model": "Polo"}}

    revised = await service.ask(
        "PUT", drafted.headers["location"], "dealer", etag=drafted.headers["etag"], json=details
    )

    assert (revised.status_code, revised.headers["etag"]) == (200, '"2"')
    assert revised.json()["details"]["vehicle"]["model"] == "Polo"
    assert revised.json()["details"]["odometer"] is None


async def test_a_price_keeps_its_history(service):
    drafted = await service.draft()
    path = f"{drafted.headers['location']}/price"
    price = {"amount": 1_700_000, "currency": "USD"}

    repriced = await service.ask("PUT", path, "dealer", etag=drafted.headers["etag"], json=price)

    assert repriced.json()["price"] == price
    assert [point["price"]["amount"] for point in repriced.json()["price_history"]] == [1_899_500, 1_700_000]


async def test_a_car_goes_through_its_life(service):
    listing = await service.draft()
    for action, status, offered in [
        ("publish", "published", ["archive", "pause", "renew", "sell"]),
        ("pause", "paused", ["archive", "publish", "sell"]),
        ("publish", "published", ["archive", "pause", "renew", "sell"]),
        ("renew", "published", ["archive", "pause", "renew", "sell"]),
        ("sell", "sold", ["archive", "relist"]),
        ("archive", "archived", ["relist"]),
    ]:
        listing = await service.act(listing, action)
        assert (listing.json()["status"], listing.json()["actions"]) == (status, offered)
    relisted = await service.act(listing, "relist")

    assert relisted.json()["relisted_from"] == listing.json()["id"] != relisted.json()["id"]
    assert relisted.json()["status"] == "draft"


async def test_every_action_that_is_offered_can_be_taken(service):
    for action in ("archive", "publish", "submit"):
        taken = await service.act(await service.draft(), action)
        assert taken.status_code == 200, taken.text


@pytest.mark.parametrize("content", [b"", b"{}", b" {} "])
async def test_an_action_may_be_sent_with_nothing_to_say(service, content):
    drafted = await service.draft()
    json_type = {"Content-Type": "application/json"}

    answer = await service.act(drafted, "submit", content=content, headers=json_type)

    assert answer.json()["status"] == "pending"


async def test_an_action_that_takes_nothing_says_so(shared):
    drafted = await shared.draft()

    said = await shared.act(drafted, "submit", json={"reviewed": True})
    no_json = await shared.act(drafted, "submit", content=b"now")
    too_much = await shared.act(drafted, "submit", content=b" " * 1_025)

    assert_problem(said, 422, "invalid", field="reviewed", expected="no fields")
    assert_problem(no_json, 415, "unsupported-media-type")
    assert_problem(too_much, 413, "too-large")


async def test_a_new_dealers_car_is_reviewed_first(service):
    pending = await service.act(await service.draft("new dealer"), "publish", "new dealer")
    for_moderators = await service.ask("GET", f"/v1/listings/{pending.json()['id']}", "moderator")

    approved = await service.act(pending, "approve", "moderator")

    assert pending.json()["status"] == "pending"
    assert for_moderators.json()["actions"] == ["approve", "reject"]
    assert approved.json()["status"] == "published"


async def test_a_rejected_car_says_why_and_can_be_mended(service):
    pending = await service.act(await service.draft("new dealer"), "submit", "new dealer")
    rejected = await service.act(pending, "reject", "moderator", json={"reason": "No such model."})
    own = await service.ask("GET", f"/v1/listings/{pending.json()['id']}", "new dealer")

    reopened = await service.act(rejected, "reopen", "new dealer")

    assert own.json()["rejection"] == "No such model."
    assert "reopen" in own.json()["actions"]
    assert reopened.json()["status"] == "draft"


async def test_a_step_that_the_life_of_a_listing_lacks_is_a_conflict(service):
    sold = await service.act(await service.publish(), "sell")

    answer = await service.act(sold, "pause")

    assert_problem(answer, 409, "illegal-transition", field="status", value="sold", expected="one of: published")


async def test_one_lists_ones_own_by_status_and_page(service):
    for _ in range(3):
        await service.publish()
    await service.draft()
    await service.draft("other dealer")

    seen, cursor = [], ""
    while cursor is not None:
        path = f"/v1/listings?status=published&limit=2&cursor={cursor}"
        page = (await service.ask("GET", path, "dealer")).json()
        seen += [listing["id"] for listing in page["listings"]]
        cursor = page["next"]

    assert len(seen) == len(set(seen)) == 3
    assert len((await service.ask("GET", "/v1/listings", "dealer")).json()["listings"]) == 4


async def test_moderators_see_everybodys(service):
    await service.draft()
    await service.draft("other dealer")

    everybody = await service.ask("GET", "/v1/listings?everybody=true", "moderator")
    refused = await service.ask("GET", "/v1/listings?everybody=true", "dealer")

    assert len(everybody.json()["listings"]) == 2
    assert_problem(refused, 403, "forbidden")


async def test_a_status_that_there_is_not_is_named(shared):
    answer = await shared.ask("GET", "/v1/listings?status=stolen", "dealer")

    assert "published" in assert_problem(answer, 422, "invalid", field="status", value="stolen")["expected"]


async def test_a_cursor_of_somebody_elses_list_is_forged(service):
    for _ in range(2):
        await service.draft()
    cursor = (await service.ask("GET", "/v1/listings?limit=1", "dealer")).json()["next"]

    answer = await service.ask("GET", f"/v1/listings?limit=1&cursor={cursor}", "other dealer")

    assert_problem(answer, 400, "cursor-forged")


def _with(**vehicle: Any) -> dict[str, Any]:
    return {**GOLF, "details": {**GOLF["details"], "vehicle": {**GOLF["details"]["vehicle"], **vehicle}}}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**GOLF, "colour": "red"}, "colour"),
        ({**GOLF, "status": "published"}, "status"),
        ({**GOLF, "details": {**GOLF["details"], "seller": "me"}}, "details.seller"),
        (_with(doorz=3), "details.vehicle.doorz"),
        ({**GOLF, "price": {"amount": 1, "currency": "USD", "major": 2}}, "price.major"),
        (_with(power={"value": 3, "unit": "kW", "x": 1}), "details.vehicle.power.x"),
        (_with(doors="three"), "details.vehicle.doors"),
        (_with(doors=33), "doors"),
        (_with(fuel="steam"), "details.vehicle.fuel"),
        ({"details": GOLF["details"]}, "price"),
        ({**GOLF, "details": {}}, "details.vehicle"),
        ({**GOLF, "price": {"amount": -1, "currency": "USD"}}, "amount"),
        ({**GOLF, "price": {"amount": 1, "currency": "usd"}}, "currency"),
        ({**GOLF, "price": {"amount": 10**30, "currency": "USD"}}, "amount"),
        ({**GOLF, "details": {**GOLF["details"], "vin": "1FTFW1E5000000000"}}, "vin"),
        ([GOLF], "body"),
        ("Golf", "body"),
    ],
)
async def test_a_field_that_is_wrong_or_unknown_is_named(shared, body, field):
    answer = await shared.ask("POST", "/v1/listings", "dealer", json=body)

    assert_problem(answer, 422, "invalid", field=field)


async def test_a_listing_of_somebody_else_cannot_be_told_from_none(service):
    drafted = await service.draft()

    foreign = await service.ask("GET", drafted.headers["location"], "other dealer")
    missing = await service.ask("GET", f"/v1/listings/{UUID(int=404)}", "other dealer")

    one, other = assert_problem(foreign, 404, "not-found"), assert_problem(missing, 404, "not-found")
    assert {**one, "value": ""} == {**other, "value": ""}
