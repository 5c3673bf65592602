"""
The page of a seller, and the reviews that both sides of a completed booking write on its page.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from carmarket.core.actor import Actor
from carmarket.core.booking.booking import BookingId
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import CarId
from carmarket.core.place import Place
from carmarket.core.side import Side
from carmarket.core.users.dealer import DealerPlace
from carmarket.testing.bookings import from_to
from carmarket.testing.builders import NOW, an_admin
from tests.entrypoints.web.cars import DEALER
from tests.entrypoints.web.front import ANNA, WORD, Front, token_of
from tests.entrypoints.web.markup import read

NOBODY = UUID(int=404)


async def anna(front: Front) -> Actor:
    return (await front.market.users.sessions.log_in(email=ANNA, password=WORD)).actor


async def complete(front: Front) -> BookingId:
    """A rental by Anna that was completed just now."""
    customer, booking = await anna(front), front.market.booking
    passed = (front.clock.now() - NOW) / timedelta(hours=1)
    quote = await booking.quote(CarId(front.golf.id), BookingKind.RENTAL, from_to(passed + 1, passed + 2))
    held = await booking.hold(customer, quote)
    await booking.request(customer, held.id)
    front.clock.advance(timedelta(hours=2))
    await booking.complete(DEALER, held.id)
    await front.market.settle()
    return held.id


async def reviewed(front: Front) -> BookingId:
    """A booking that both sides have reviewed, before the public."""
    booking, reviews = await complete(front), front.market.reviews
    for actor, stars, text in ((await anna(front), 4, "Clean and quick."), (DEALER, 5, "A pleasure.")):
        written = await reviews.write(actor, booking, stars=stars, text=text)
        await reviews.approve(an_admin(), written.id)
    await front.market.settle()
    return booking


async def test_a_completed_booking_is_reviewed_once(front):
    booking = await complete(front)
    await front.log_in()
    page = f"/bookings/{booking}"

    written = await front.send(page, f"{page}/review", {"stars": "4", "text": "Clean and quick."})

    assert (written.status_code, written.headers["location"]) == (303, page)
    shown = await front.browser.get(page)
    assert "4 of 5 stars" in shown.text
    assert "A moderator looks at it first" in shown.text
    assert "Write a review" not in shown.text
    again = await front.send("/account", f"{page}/review", {"stars": "1", "text": "I take it back."})
    assert (again.status_code, "You have reviewed" in again.text) == (422, True)


async def test_the_seller_reviews_too_and_neither_sees_the_other_before(front):
    booking = await complete(front)
    page = f"/bookings/{booking}"
    await front.log_in()
    await front.send(page, f"{page}/review", {"stars": "2", "text": "It smelled of fish."})

    front.become(DEALER)
    assert "fish" not in (await front.browser.get(page)).text
    await front.send(page, f"{page}/review", {"stars": "5", "text": "A pleasure."})

    (theirs,) = await front.market.reviews.of_booking(DEALER, booking)
    assert (theirs.author, theirs.stars) == (Side.SELLER, 5)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"stars": "", "text": "Good."}, "Choose how many stars"),
        ({"stars": "6", "text": "Good."}, "Choose how many stars"),
        ({"stars": "3", "text": " "}, "The text says something"),
    ],
)
async def test_what_is_wrong_with_a_review_is_told_beside_what_was_said(front, fields, told):
    page = f"/bookings/{await complete(front)}"
    await front.log_in()

    answer = await front.send(page, f"{page}/review", fields)

    assert answer.status_code == 422
    assert told in answer.text
    assert fields["text"].strip() in read(answer.text).one("textarea", id="text").text


async def test_nobody_reviews_a_booking_of_others_or_one_that_is_not_completed(front):
    booking = await complete(front)
    await front.market.users.people.add(an_admin(), email="bo@example.com", name="Bo", password=WORD)
    await front.log_in("bo@example.com")

    answers = [
        await front.send("/account", f"/bookings/{which}/review", {"stars": "5", "text": "x"})
        for which in (booking, NOBODY)
    ]

    assert [one.status_code for one in answers] == [404, 404]


async def test_the_page_of_a_seller_tells_what_customers_say(front):
    nobody_yet = await front.browser.get(f"/dealers/{front.golf.seller}")
    assert "A private seller" in nobody_yet.text
    assert "Nobody has written" in nobody_yet.text
    await reviewed(front)

    shown = await front.browser.get(f"/dealers/{front.golf.seller}")

    assert shown.headers["cache-control"] == "no-cache"
    text = read(shown.text).text
    for words in ("4.0 of 5 (1 review)", "Clean and quick.", "4 stars1", "5 stars0"):
        assert words in text
    assert "A pleasure." not in text
    assert f"/?seller={front.golf.seller}" in shown.text
    assert "4.0 of 5 (1 review)" in read((await front.browser.get(f"/cars/{front.golf.id}")).text).text


async def test_a_verified_dealer_is_told_by_its_name_and_places(front):
    place = DealerPlace(name="Main yard", place=Place(city="Dayton", region="OH", country="US"), phone="0123")
    dealer = await front.market.users.dealers.apply(
        await anna(front), name="Best Cars", places=(place,), website="https://best.example"
    )
    page = f"/dealers/{dealer.id}"
    assert "Best Cars" not in (await front.browser.get(page)).text

    await front.market.users.dealers.verify(an_admin(), dealer.id)

    text = (await front.browser.get(page)).text
    for words in ("Best Cars", "Main yard", "Dayton, OH, US", "0123", "https://best.example"):
        assert words in text


async def test_the_seller_answers_a_review_once_before_everybody(front):
    booking = await reviewed(front)
    front.become(DEALER)
    page = f"/bookings/{booking}"
    theirs, mine = await front.market.reviews.of_booking(DEALER, booking)
    assert page in (await front.browser.get(f"/dealers/{front.golf.seller}")).text
    empty = await front.send(page, f"/reviews/{theirs.id}/reply", {"text": " "})
    assert (empty.status_code, "says something" in empty.text) == (422, True)
    own = await front.send(page, f"/reviews/{mine.id}/reply", {"text": "I agree with myself."})
    assert own.status_code == 422

    done = await front.send(page, f"/reviews/{theirs.id}/reply", {"text": "Thank you, come again."})

    assert done.headers["location"] == page
    assert "Thank you, come again." in (await front.browser.get(f"/dealers/{front.golf.seller}")).text
    assert "Your answer, before everybody" not in (await front.browser.get(page)).text


async def test_a_review_is_reported_once_by_who_is_logged_in(front):
    booking = await reviewed(front)
    page = f"/dealers/{front.golf.seller}"
    assert "Report it" not in (await front.browser.get(page)).text
    (theirs, _) = await front.market.reviews.of_booking(DEALER, booking)
    await front.log_in()
    empty = await front.send(page, f"/reviews/{theirs.id}/report", {"reason": ""})
    assert (empty.status_code, "says something" in empty.text) == (422, True)

    done = await front.send(page, f"/reviews/{theirs.id}/report", {"reason": "It is a lie."})

    assert "A moderator will look" in done.text
    assert [one.reason for one in (await front.market.reviews.get(an_admin(), theirs.id)).reports] == ["It is a lie."]
    assert "Report it" not in (await front.browser.get(page)).text
    missing = await front.send("/account", f"/reviews/{NOBODY}/report", {"reason": "x"})
    assert missing.status_code == 404


async def test_older_reviews_are_on_further_pages(front, monkeypatch):
    monkeypatch.setattr("carmarket.entrypoints.web.seller_page.SHOWN", 1)
    for _ in range(2):
        await reviewed(front)
    first = await front.browser.get(f"/dealers/{front.golf.seller}")

    link = next(one.attrs["href"] for one in read(first.text).all("a") if "cursor=" in one.attrs["href"])
    second = await front.browser.get(link)

    assert read(second.text).text.count("Clean and quick.") == 1
    assert "cursor=" not in second.text
    forged = await front.browser.get(f"/dealers/{front.golf.seller}?cursor=forged")
    assert forged.status_code == 400


@pytest.mark.promise("R20")
async def test_pages_of_people_who_are_logged_in_are_kept_from_others(front):
    page = f"/dealers/{front.golf.seller}"
    before = [(await front.browser.get(path)).headers for path in ("/", page, f"/cars/{front.golf.id}")]
    await front.log_in()
    after = [(await front.browser.get(path)).headers for path in ("/", page, f"/cars/{front.golf.id}")]

    assert [one["cache-control"] for one in before] == ["no-cache"] * 3
    assert [one["cache-control"] for one in after] == ["private, no-cache", "no-store", "no-store"]
    assert all("set-cookie" not in one for one in before)
    assert all("default-src 'none'" in one["content-security-policy"] for one in (*before, *after))


@pytest.mark.parametrize("path", ["review", "reply", "report"])
async def test_a_form_without_its_token_reviews_nothing(front, path):
    await front.log_in()
    to = f"/bookings/{NOBODY}/review" if path == "review" else f"/reviews/{NOBODY}/{path}"

    answer = await front.browser.post(to, data={"stars": "5", "text": "x", "reason": "x"})

    assert answer.status_code == 403
    assert token_of(await front.browser.get("/account"))
