"""
Keeping cars in mind.
"""

from __future__ import annotations

from uuid import UUID

from tests.entrypoints.web.cars import DEALER
from tests.entrypoints.web.front import FETCHED

NOBODY = UUID(int=404)


async def test_a_car_is_kept_in_mind_and_forgotten(front):
    car = f"/cars/{front.golf.id}"
    assert f"/login?next={car}" in (await front.browser.get(car)).text
    await front.log_in()
    assert "There are none yet" in (await front.browser.get("/favourites")).text

    kept = await front.send(car, f"{car}/keep", {})

    assert (kept.status_code, kept.headers["location"]) == (303, car)
    assert "Kept in mind" in (await front.browser.get(car)).text
    listed = await front.browser.get("/favourites")
    assert f'href="{car}"' in listed.text
    assert listed.headers["cache-control"] == "no-store"
    await front.send(car, f"{car}/forget", {})
    assert f'href="{car}"' not in (await front.browser.get("/favourites")).text


async def test_a_car_that_is_gone_can_be_forgotten(front):
    await front.log_in()
    car = f"/cars/{front.golf.id}"
    await front.send(car, f"{car}/keep", {})
    await front.market.catalog.archive(DEALER, front.golf.id)
    await front.market.settle()
    assert "1 car that you kept in mind is" in (await front.browser.get("/favourites")).text

    gone = await front.send("/favourites", f"{car}/forget", {"next": "/favourites"})

    assert gone.headers["location"] == "/favourites"
    assert "There are none yet" in (await front.browser.get("/favourites")).text


async def test_what_is_no_car_cannot_be_kept(front):
    await front.log_in()

    answer = await front.send("/account", f"/cars/{NOBODY}/keep", {})

    assert answer.status_code == 404


async def test_a_form_without_its_token_keeps_nothing(front):
    await front.log_in()

    answers = [
        await front.browser.post(f"/cars/{front.golf.id}/{step}", data={}, headers=FETCHED)
        for step in ("keep", "forget")
    ]

    assert [one.status_code for one in answers] == [403, 403]
    assert "There are none yet" in (await front.browser.get("/favourites")).text


async def test_somebody_who_left_elsewhere_still_sees_cars(front):
    front.become(DEALER)

    answer = await front.browser.get(f"/cars/{front.golf.id}")

    assert answer.status_code == 200


async def test_one_takes_along_what_is_held_about_one(front):
    assert (await front.browser.get("/account/data")).headers["location"] == "/login?next=%2Faccount%2Fdata"
    await front.log_in()

    answer = await front.browser.get("/account/data")

    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"PK")
