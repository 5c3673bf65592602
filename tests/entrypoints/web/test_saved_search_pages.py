"""
Saving a search from the results, being told more or less often, and forgetting it.
"""

from __future__ import annotations

from uuid import UUID

import pytest

from carmarket.core.search.saved import HowOften, SavedSearch
from carmarket.testing.builders import an_admin
from tests.entrypoints.web.cars import plain, sell
from tests.entrypoints.web.front import FETCHED, WORD, Front
from tests.entrypoints.web.markup import read

NOBODY = UUID(int=404)
NEW = "/searches/new?words=golf&price_max=20000"


async def searches(front: Front) -> list[SavedSearch]:
    actor = (await front.market.users.sessions.log_in(email="anna@example.com", password=WORD)).actor
    return list(await front.market.saved_searches.find(actor))


async def saved(front: Front, **said: str) -> SavedSearch:
    await front.log_in()
    fields = {"query": "words=golf&price_max=20000", "name": "Cheap Golf", "how_often": "at-once", **said}
    answer = await front.send(NEW, "/searches", fields)
    assert answer.headers["location"] == "/searches", answer.text
    return (await searches(front))[-1]


async def test_the_results_offer_to_save_what_was_searched(front):
    everything = await front.browser.get("/?sort=price")
    page = read((await front.browser.get("/?words=golf&price_max=20000&sort=price")).text)
    (link,) = [one.attrs["href"] for one in page.all("a") if one.text == "Save this search"]

    assert "Save this search" not in everything.text
    assert link == NEW
    assert (await front.browser.get(link)).headers["location"].startswith("/login?next=%2Fsearches%2Fnew")
    await front.log_in()
    form = read((await front.browser.get(link)).text)
    assert form.one("input", name="query").attrs["value"] == "words=golf&price_max=20000"
    assert "golf" in form.one("input", name="name").attrs["value"]


async def test_a_search_is_saved_and_leads_back(front):
    search = await saved(front)

    assert (search.name, search.how_often, search.asked) == (
        "Cheap Golf", HowOften.AT_ONCE, "words=golf&price_max=20000",
    )  # fmt: skip
    page = (await front.browser.get("/searches")).text
    assert "/?words=golf&amp;price_max=20000" in page
    assert "Found lately" not in page


async def test_what_was_found_is_shown(front):
    await saved(front)
    car = await sell(front.market, plain("Volkswagen", "Golf"), 12_000)
    await front.market.settle()

    assert f"/cars/{car.id}" in (await front.browser.get("/searches")).text


async def test_a_form_that_is_sent_twice_saves_once(front):
    await saved(front, key="one")
    await saved(front, key="one")

    assert len(await searches(front)) == 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": " "}, "A saved search has a name"),
        ({"how_often": "always"}, "Choose how often"),
        ({"query": ""}, "says what it looks for"),
        ({"query": "nothing=1"}, "says what it looks for"),
    ],
)
async def test_what_is_wrong_is_told_beside_what_was_said(front, fields, told):
    await front.log_in()
    said = {"query": "words=golf", "name": "Cheap Golf", "how_often": "daily", **fields}

    answer = await front.send(NEW, "/searches", said)

    assert answer.status_code == 422
    assert told in answer.text
    assert await searches(front) == []


async def test_a_search_that_makes_no_sense_is_not_saved(front):
    await front.log_in()

    shown = await front.browser.get("/searches/new?price_max=cheap")
    sent = await front.send(NEW, "/searches", {"query": "price_max=cheap", "name": "x", "how_often": "daily"})

    assert [shown.status_code, sent.status_code] == [422, 422]


async def test_one_is_told_less_often_and_forgets_it(front):
    search = await saved(front)
    await front.send("/searches", f"/searches/{search.id}", {"name": "Golf", "how_often": "never"})
    (changed,) = await searches(front)
    assert (changed.name, changed.how_often) == ("Golf", HowOften.NEVER)
    wrong = await front.send("/searches", f"/searches/{search.id}", {"name": "", "how_often": "daily"})
    assert (wrong.status_code, "has a name" in wrong.text) == (422, True)

    gone = await front.send("/searches", f"/searches/{search.id}/remove", {})

    assert gone.headers["location"] == "/searches"
    assert "You have saved none yet" in (await front.browser.get("/searches")).text


async def test_searches_of_others_are_not_there(front):
    search = await saved(front)
    await front.market.users.people.add(an_admin(), email="bo@example.com", name="Bo", password=WORD)
    await front.log_in("bo@example.com")

    assert "Cheap Golf" not in (await front.browser.get("/searches")).text
    for path in (f"/searches/{search.id}", f"/searches/{search.id}/remove", f"/searches/{NOBODY}/remove"):
        answer = await front.send("/account", path, {"name": "Mine", "how_often": "daily"})
        assert answer.status_code == 404


@pytest.mark.promise("R20")
async def test_the_pages_have_the_headers_that_keep_browsers_safe(front):
    await front.log_in()
    for path in ("/searches", NEW):
        answer = await front.browser.get(path)

        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    refused = await front.browser.post("/searches", data={"query": "words=golf", "name": "x"}, headers=FETCHED)
    assert refused.status_code == 403
