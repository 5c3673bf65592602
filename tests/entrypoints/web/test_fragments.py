"""
What htmx is answered: parts of the page.
"""

from __future__ import annotations

import pytest

from tests.entrypoints.web.markup import read

HTMX = {"HX-Request": "true"}


async def test_typing_is_answered_with_the_results_alone(shop):
    answer = await shop.browser.get("/?words=bmw", headers={**HTMX, "HX-Trigger": "words"})

    part = read(answer.text)
    assert "<html" not in answer.text
    assert [heading.text for heading in part.all("h2")] == ["2022 BMW X5"]


async def test_counts_total_and_orders_come_along_to_their_places(shop):
    answer = await shop.browser.get("/?words=bmw", headers=HTMX)

    part = read(answer.text)
    placed = {element.attrs["id"] for tag in ("p", "div", "fieldset", "select") for element in part.all(tag)
              if "hx-swap-oob" in element.attrs}  # fmt: skip
    whole = read((await shop.browser.get("/?words=bmw")).text)
    groups = {fieldset.attrs["id"] for fieldset in whole.all("fieldset") if "id" in fieldset.attrs}
    assert placed == {"total", "years", "sort", *groups}
    assert len(groups) == 9


async def test_every_place_that_is_swapped_is_on_the_page(shop):
    whole = read((await shop.browser.get("/")).text)

    ids = [element.attrs["id"] for element in whole.within() if "id" in element.attrs]
    assert len(ids) == len(set(ids))
    for element in whole.within():
        for name in ("hx-target", "hx-include", "hx-sync"):
            place = element.attrs.get(name, "").partition(":")[0]
            assert not place.startswith("#") or place[1:] in ids


@pytest.mark.parametrize(("trigger", "header"), [("words", "HX-Replace-Url"), ("search", "HX-Push-Url")])
async def test_the_address_follows_typing_in_place_and_choices_as_steps(shop, trigger, header):
    answer = await shop.browser.get("/?words=bmw&price_min=&sort=", headers={**HTMX, "HX-Trigger": trigger})

    addresses = {name: answer.headers[name] for name in ("HX-Replace-Url", "HX-Push-Url") if name in answer.headers}
    assert addresses == {header: "/?words=bmw"}


async def test_more_cars_come_as_cards_with_the_way_to_the_next(big_shop):
    whole = read((await big_shop.browser.get("/")).text)
    link = whole.one("p", id="more").one("a")

    answer = await big_shop.browser.get(link.attrs["hx-get"], headers=HTMX)

    part = read(answer.text)
    assert len(list(part.all("li", class_="card"))) == 24
    assert part.one("p", id="more").one("a").attrs["href"] != link.attrs["href"]
    assert not list(part.all("fieldset"))
    assert not {"hx-push-url", "hx-replace-url"} & set(answer.headers)


async def test_going_back_gives_the_whole_page(shop):
    answer = await shop.browser.get("/", headers={**HTMX, "HX-History-Restore-Request": "true"})

    assert answer.text.startswith("<!doctype html>")


async def test_browsers_do_not_mix_up_the_part_and_the_whole(shop):
    for headers in ({}, HTMX):
        answer = await shop.browser.get("/", headers=headers)
        assert answer.headers["vary"] == "HX-Request"
        assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("address", "status", "place"),
    [("/?price_min=9&price_max=5", 422, "#notice"), ("/?cursor=forged", 400, "#more")],
)
async def test_a_mistake_is_noted_where_it_is_seen(shop, address, status, place):
    answer = await shop.browser.get(address, headers=HTMX)

    assert answer.status_code == status
    assert answer.headers["hx-retarget"] == place
    assert "<html" not in answer.text
    assert "Start again" in answer.text
