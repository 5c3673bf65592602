"""
Finding cars over REST.
"""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

import pytest
from attrs import evolve

from carmarket.core.errors import CursorExpiredError
from tests.entrypoints.http.service import GOLF, assert_problem, serving, serving_market

NOBODY = UUID(int=404)


@pytest.fixture(scope="module")
async def shop():
    """Three Golfs of different prices."""
    async with serving() as service:
        for amount in (1_000_000, 2_000_000, 3_000_000):
            await service.publish(price={"amount": amount, "currency": "USD"})
        yield service


async def test_what_was_typed_is_read_and_answered_with_facets(shop):
    answer = await shop.ask("GET", "/v1/cars?words=golf+under+25k")

    said = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert said["total"] == 2
    assert [each["text"] for each in said["understood"]]
    assert said["facets"]["make"] == [{"value": "volkswagen", "label": "Volkswagen", "count": 2}]


async def test_facets_can_be_left_out(shop):
    answer = await shop.ask("GET", "/v1/cars?facets=false")

    assert answer.json()["facets"] == {}
    assert answer.json()["total"] == 3


async def test_a_walk_by_cursor_sees_every_car_once(shop):
    seen, cursor = [], ""
    while cursor is not None:
        page = (await shop.ask("GET", f"/v1/cars?sort=price&limit=2&cursor={quote(cursor)}")).json()
        seen += [each["price"]["amount"] for each in page["cars"]]
        cursor = page["next"]

    assert seen == [1_000_000, 2_000_000, 3_000_000]


async def test_a_cursor_belongs_to_its_question(shop):
    cursor = (await shop.ask("GET", "/v1/cars?sort=price&limit=1")).json()["next"]

    answer = await shop.ask("GET", f"/v1/cars?sort=price&limit=1&fuel=diesel&cursor={quote(cursor)}")

    assert_problem(answer, 400, "cursor-forged", field="cursor")


@pytest.mark.promise("R14")
@pytest.mark.parametrize("forge", ["{0}A", "A{0}", "eyJ9", "ä", "..", "{0}.{0}"])
async def test_a_forged_cursor_is_refused(shop, forge):
    cursor = (await shop.ask("GET", "/v1/cars?sort=price&limit=1")).json()["next"]

    answer = await shop.ask("GET", f"/v1/cars?sort=price&limit=1&cursor={quote(forge.format(cursor))}")

    assert_problem(answer, 400, "cursor-forged", field="cursor")


@pytest.mark.parametrize(
    ("query", "field", "expected"),
    [
        ("wrds=golf", "wrds", "words"),
        ("year_min=2017.5", "year", "such as 2019"),
        (
            "free_from=0001-01-01T00:00:00%2B23:59&free_to=2027-01-01T00:00:00Z",
            "instant",
            "0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z",
        ),
        ("price_mx=3", "price_mx", "price_max"),
        ("limit=0", "limit", "1 to 100"),
        ("limit=101", "limit", "1 to 100"),
        ("limit=ten", "limit", "1 to 100"),
        ("limit=1&limit=2", "limit", "one value"),
        ("facets=yes", "facets", "true or false"),
        ("price_min=2&price_max=1", "price_max", "2 or more"),
        ("price_max=cheap", "price_max", "digits, such as 15000"),
        ("latitude=1", "longitude", "a longitude"),
    ],
)
async def test_a_parameter_that_is_wrong_is_named_with_what_would_be_right(shop, query, field, expected):
    answer = await shop.ask("GET", f"/v1/cars?{query}")

    assert_problem(answer, 422, "invalid", field=field, expected=expected)


@pytest.mark.parametrize("query", ["words=%FF%FE", "&".join(f"make={n}" for n in range(500))])
async def test_a_query_that_cannot_be_read_is_malformed(shop, query):
    answer = await shop.ask("GET", f"/v1/cars?{query}")

    assert_problem(answer, 400, "malformed", field="query")


async def test_a_car_has_a_tag_by_its_version(shop):
    car = (await shop.ask("GET", "/v1/cars?limit=1")).json()["cars"][0]["car"]
    shown = await shop.ask("GET", f"/v1/cars/{car['id']}")

    again = await shop.ask("GET", f"/v1/cars/{car['id']}", headers={"If-None-Match": shown.headers["etag"]})

    assert shown.json()["title"] == "2019 Volkswagen Golf"
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", shown.headers["etag"])


async def test_a_changed_car_is_shown_again(service):
    published = await service.publish()
    path = f"/v1/cars/{published.json()['id']}"
    old = (await service.ask("GET", path)).headers["etag"]
    await service.ask(
        "PUT", f"/v1/listings/{published.json()['id']}/price", "dealer",
        etag=published.headers["etag"], json={"amount": 1_500_000, "currency": "USD"},
    )  # fmt: skip
    await service.market.settle()

    answer = await service.ask("GET", path, headers={"If-None-Match": f'W/{old}, "other"'})

    assert answer.status_code == 200
    assert answer.json()["price"]["amount"] == 1_500_000
    assert answer.json()["low_before_reduction"]["amount"] == GOLF["price"]["amount"]


async def test_a_car_like_another_says_why(shop):
    cars = (await shop.ask("GET", "/v1/cars?sort=price")).json()["cars"]

    answer = await shop.ask("GET", f"/v1/cars/{cars[1]['car']['id']}/similar")

    similar = answer.json()
    assert {each["car"]["car"]["id"] for each in similar} == {cars[0]["car"]["id"], cars[2]["car"]["id"]}
    assert all(each["reasons"] for each in similar)
    assert [each["score"] for each in similar] == sorted((each["score"] for each in similar), reverse=True)


@pytest.mark.parametrize("path", [f"/v1/cars/{NOBODY}", f"/v1/cars/{NOBODY}/similar"])
async def test_a_car_that_is_not_there_is_not_found(shop, path):
    assert_problem(await shop.ask("GET", path), 404, "not-found")


async def test_a_draft_is_no_car_of_the_public(service):
    drafted = await service.draft()
    await service.market.settle()

    assert_problem(await service.ask("GET", f"/v1/cars/{drafted.json()['id']}"), 404, "not-found")


async def test_the_sellers_own_number_is_not_shown(service):
    await service.publish(details={**GOLF["details"], "stock_number": "SECRET-7"})

    answer = await service.ask("GET", "/v1/cars")

    assert answer.json()["total"] == 1
    assert "SECRET-7" not in answer.text
    assert "SECRET-7" not in (await service.ask("GET", "/v1/feeds/jsonl")).text


async def test_suggestions_come_while_somebody_types(shop):
    answer = await shop.ask("GET", "/v1/suggestions?words=volks+go")

    assert answer.json() == [{"text": "Volkswagen Golf", "kind": "model", "count": 3}]


async def test_a_view_that_is_gone_says_so(shop):
    class Gone:
        async def find(self, *_, **__):
            raise CursorExpiredError("The view is gone; begin again.")

    market = evolve(shop.market, search=evolve(shop.market.search, index=Gone()))
    async with serving_market(market) as service:
        assert_problem(await service.ask("GET", "/v1/cars"), 410, "cursor-expired")
