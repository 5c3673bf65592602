"""
Saved searches over REST, from saving one to ending its letters.
"""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlsplit

import pytest

from carmarket.core.letters import LetterKind
from carmarket.testing.users import a_user
from tests.entrypoints.http.service import CUSTOMER, Service, assert_problem

GOLFS: dict[str, Any] = {"name": "Cheap <Golfs>", "query": "words=golf+under+20k&facets=false", "how_often": "at-once"}


async def save(service: Service, **said: Any) -> Any:
    answer = await service.ask("POST", "/v1/saved-searches", "customer", json={**GOLFS, **said})
    assert answer.status_code == 201, answer.text
    return answer


async def test_a_search_is_saved_as_it_is_understood(service):
    saved = await save(service)

    shown = await service.ask("GET", saved.headers["location"], "customer")
    listed = await service.ask("GET", "/v1/saved-searches", "customer")

    said = saved.json()
    assert (said["name"], said["how_often"], said["version"]) == ("Cheap <Golfs>", "at-once", 1)
    assert said["query"] == "words=golf+under+20k"
    assert said["understood"]["price"] == {"low": None, "high": 2_000_000}
    assert said["understood"]["terms"][0]["text"] == "golf"
    assert shown.json() == said
    assert shown.headers["etag"] == saved.headers["etag"] == '"1"'
    assert listed.json() == [said]
    known = await service.ask("GET", saved.headers["location"], "customer", headers={"If-None-Match": '"1"'})
    assert known.status_code == 304


async def test_a_key_has_one_effect(service):
    headers = {"Idempotency-Key": "k"}
    first, again = (
        await save(service),
        await service.ask("POST", "/v1/saved-searches", "customer", json=GOLFS, headers=headers),
    )
    repeat = await service.ask("POST", "/v1/saved-searches", "customer", json=GOLFS, headers=headers)
    other = await service.ask("POST", "/v1/saved-searches", "customer", json={**GOLFS, "name": "x"}, headers=headers)

    assert again.json() == repeat.json()
    assert again.json()["id"] != first.json()["id"]
    assert_problem(other, 422, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"query": ""}, "query"),
        ({"query": "sort=price"}, "query"),
        ({"query": "colour=purpel"}, "colour"),
        ({"query": "color=red"}, "color"),
        ({"query": f"words={'x' * 999}&seller=5"}, "seller"),
        ({"query": "&".join(f"feature={n:060}" for n in range(80))}, "query"),
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"how_often": "hourly"}, "how_often"),
        ({"owner": "me"}, "owner"),
    ],
    ids=lambda said: str(said)[:40],
)
async def test_what_cannot_be_saved_is_told_by_its_field(shared, said, field):
    answer = await shared.ask("POST", "/v1/saved-searches", "customer", json={**GOLFS, **said})

    assert_problem(answer, 422, "invalid", field=field)


async def test_a_query_that_cannot_be_read_is_malformed(shared):
    answer = await shared.ask("POST", "/v1/saved-searches", "customer", json={**GOLFS, "query": "words=%ff"})

    assert_problem(answer, 400, "malformed", field="query")


async def test_a_search_is_renamed_and_forgotten_by_its_version(service):
    saved = await save(service)
    where, change = saved.headers["location"], {"name": "Golfs", "how_often": "weekly"}

    unsaid = await service.ask("PUT", where, "customer", json=change)
    revised = await service.ask("PUT", where, "customer", etag='"1"', json=change)
    stale = await service.ask("DELETE", where, "customer", etag='"1"')
    removed = await service.ask("DELETE", where, "customer", etag='"2"')
    gone = await service.ask("GET", where, "customer")

    assert_problem(unsaid, 428, "if-match-required")
    assert (revised.json()["name"], revised.json()["how_often"], revised.headers["etag"]) == ("Golfs", "weekly", '"2"')
    assert revised.json()["understood"] == saved.json()["understood"]
    assert_problem(stale, 412, "stale")
    assert (removed.status_code, removed.content) == (204, b"")
    assert "content-length" not in removed.headers
    assert_problem(gone, 404, "not-found")


async def test_alerts_come_in_pages(service):
    where = (await save(service)).headers["location"]
    for _ in range(5):
        await service.publish()

    pages = [(await service.ask("GET", f"{where}/alerts", "customer", params={"limit": "2"})).json()]
    while pages[-1]["next"]:
        params = {"limit": "2", "cursor": pages[-1]["next"]}
        pages.append((await service.ask("GET", f"{where}/alerts", "customer", params=params)).json())
    forged = await service.ask("GET", f"{where}/alerts", "customer", params={"cursor": "AAAA"})

    alerts = [alert for page in pages for alert in page["alerts"]]
    assert [len(page["alerts"]) for page in pages] == [2, 2, 1]
    assert len({alert["car"] for alert in alerts}) == 5
    assert alerts[0]["title"] == "2019 Volkswagen Golf"
    assert alerts[0]["price"] == {"amount": 1_899_500, "currency": "USD"}
    assert_problem(forged, 400, "cursor-forged")


async def test_one_click_ends_the_letters_and_a_look_does_not(service):
    known = a_user(CUSTOMER.user_id.int).then(lambda it: it.confirm_address(now=it.created_at))
    await service.market.stock.users.save(known)
    saved = await save(service)
    await service.publish()
    (letter,) = [one for one in service.market.stock.mailer.sent if one.kind is LetterKind.ALERT]
    link = urlsplit(letter.unsubscribe)
    path = f"{link.path}?{link.query}"

    looked = [await service.ask("GET", path) for _ in range(2)]
    still = await service.ask("GET", saved.headers["location"], "customer")
    one_click = {"data": {"List-Unsubscribe": "One-Click"}}
    ended = [await service.ask("POST", path, **one_click) for _ in range(2)]
    after = await service.ask("GET", saved.headers["location"], "customer")
    late = await service.ask("GET", path)

    assert {answer.status_code for answer in (*looked, *ended, late)} == {200}
    assert all(answer.headers["content-type"] == "text/html; charset=utf-8" for answer in (*looked, *ended))
    assert escape("Cheap <Golfs>") in looked[1].text
    assert '<form method="post">' in looked[1].text
    assert "<form" not in late.text
    assert still.json()["how_often"] == "at-once"
    assert after.json()["how_often"] == "never"
