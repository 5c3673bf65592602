"""
Asking a seller about a car on its page, and what both write then.
"""

from __future__ import annotations

from uuid import UUID

import pytest

from carmarket.core.enquiries.lifecycle import EnquiryStatus
from carmarket.testing.builders import an_admin
from tests.entrypoints.web.cars import DEALER
from tests.entrypoints.web.front import FETCHED, WORD, Front, token_of
from tests.entrypoints.web.markup import read

NOBODY = UUID(int=404)


async def asked(front: Front, text: str = "Is it still there?") -> str:
    """Anna asks about the car; the path of the enquiry."""
    await front.log_in()
    answer = await front.send(f"/cars/{front.golf.id}", f"/cars/{front.golf.id}/ask", {"text": text})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_who_is_not_logged_in_is_told_where_to(front):
    answer = await front.browser.get(f"/cars/{front.golf.id}")

    assert f"/login?next=/cars/{front.golf.id}" in answer.text
    assert "<textarea" not in answer.text
    refused = await front.browser.post(f"/cars/{front.golf.id}/ask", data={"text": "x"}, headers=FETCHED)
    assert (refused.status_code, refused.headers["location"]) == (303, "/login?next=%2F")


async def test_both_write_in_one_thread(front):
    page = await asked(front)
    assert page in (await front.browser.get("/enquiries")).text

    front.become(DEALER)
    leads = read((await front.browser.get("/enquiries")).text).text
    assert "1 new" in leads
    assert "Nobody yet" in leads
    await front.send(page, page, {"text": "It is. Come by!"})
    assert "Answered" in (await front.browser.get("/enquiries")).text
    await front.log_in()

    shown = read((await front.browser.get(page)).text)
    assert "It is. Come by!" in shown.text
    assert [one.attrs["class"] for one in shown.one("ol").all("li")] == ["own", "other"]


async def test_a_question_that_is_sent_twice_is_asked_once(front):
    await front.log_in()
    car = f"/cars/{front.golf.id}"
    form = await front.browser.get(car)
    key = read(form.text).one("input", name="key").attrs["value"]
    data = {"text": "Is it still there?", "key": key, "form_token": token_of(form)}

    answers = [await front.browser.post(f"{car}/ask", data=data, headers=FETCHED) for _ in range(2)]

    (enquiry,) = await front.market.enquiries.find(DEALER, of_my_cars=True)
    assert [one.status_code for one in answers] == [303, 303]
    assert len(enquiry.messages) == 1


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001], ids=["nothing", "spaces", "too much"])
async def test_what_is_wrong_with_a_message_is_told_beside_it(front, text):
    page = await asked(front)
    car = f"/cars/{front.golf.id}"

    first = await front.send(car, f"{car}/ask", {"text": text})
    later = await front.send(page, page, {"text": text})

    for answer in (first, later):
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert text.strip() in answer.text


async def test_the_seller_takes_a_lead_leaves_it_and_puts_it_away(front):
    page = await asked(front)
    front.become(DEALER)

    await front.send(page, f"{page}/take", {})
    assert "Leave it to others" in (await front.browser.get(page)).text
    assert ">You</td>" in (await front.browser.get("/enquiries")).text
    await front.send(page, f"{page}/leave", {})
    assert "I answer it" in (await front.browser.get(page)).text
    await front.send(page, f"{page}/close", {})

    (enquiry,) = await front.market.enquiries.find(DEALER, of_my_cars=True)
    assert (enquiry.status, enquiry.assignee) == (EnquiryStatus.CLOSED, None)
    again = await front.send(page, f"{page}/close", {})
    assert again.status_code == 422


async def test_the_customer_takes_no_lead(front):
    page = await asked(front)

    answer = await front.send(page, f"{page}/take", {})

    assert (answer.status_code, "The seller says who answers" in answer.text) == (422, True)
    assert "I answer it" not in answer.text


async def test_enquiries_of_others_are_not_there(front):
    page = await asked(front)
    await front.market.users.people.add(an_admin(), email="bo@example.com", name="Bo", password=WORD)
    await front.send("/account", "/logout", {})
    await front.log_in("bo@example.com")

    assert (await front.browser.get(page)).status_code == 404
    assert (await front.browser.get(f"/enquiries/{NOBODY}")).status_code == 404
    for path in (page, f"{page}/take", f"{page}/close", f"{page}/nothing"):
        assert (await front.send("/account", path, {"text": "x"})).status_code == 404
    assert page not in (await front.browser.get("/enquiries")).text


async def test_nobody_asks_about_their_own_car_or_one_that_is_gone(front):
    front.become(DEALER)
    car = f"/cars/{front.golf.id}"
    assert "Your question" not in (await front.browser.get(car)).text

    own = await front.send(car, f"{car}/ask", {"text": "x"})
    gone = await front.send(car, f"/cars/{NOBODY}/ask", {"text": "x"})

    assert (own.status_code, "their own car" in own.text) == (422, True)
    assert gone.status_code == 404


@pytest.mark.promise("R20")
async def test_the_pages_have_the_headers_that_keep_browsers_safe(front):
    page = await asked(front)
    for path in (page, "/enquiries", f"/cars/{front.golf.id}"):
        answer = await front.browser.get(path)

        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await front.browser.post(page, data={"text": "x"}, headers=FETCHED)).status_code == 403
