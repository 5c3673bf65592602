"""
Becoming a dealer, who works there, and by which rules cars are booked.

It is long, for the pages of a dealer are tried one behind the other.
"""

from __future__ import annotations

from uuid import UUID

import pytest
from attrs import evolve

from carmarket.core.booking.hours import Open
from carmarket.core.booking.quote import BookingKind, RentalTerms
from carmarket.core.place import Point
from carmarket.core.users.dealer import Dealer, DealerStatus
from carmarket.testing.bookings import some_rules
from carmarket.testing.builders import an_admin
from tests.entrypoints.web.cars import DEALER
from tests.entrypoints.web.front import FETCHED, WORD, Front
from tests.entrypoints.web.markup import read

TOLD = {
    "name": "Best Cars", "website": "https://best.example", "place-0": "Main yard", "phone-0": "0123",
    "city-0": "Dayton", "region-0": "OH", "postcode-0": "45402", "country-0": "US",
}  # fmt: skip
RULES = {
    "version": "0", "time_zone": "America/New_York", "monday": "09:00-12:00, 13:00 – 18:00", "tuesday": "",
    "slot_minutes": "45", "buffer_minutes": "15", "longest_reservation_days": "5", "policy": "strict",
    "instant-rental": "yes", "daily_rate": "49.90", "currency": "USD", "fee": "20", "deposit": "", "tax": "7.5",
}  # fmt: skip


async def applied(front: Front) -> Dealer:
    await front.log_in()
    answer = await front.send("/dealer", "/dealer", TOLD)
    assert answer.headers["location"] == "/dealer", answer.text
    (dealer,) = await front.market.users.dealers.find(an_admin())
    return dealer


async def verified(front: Front) -> Dealer:
    """An admin has looked at it, and Anna has come back."""
    dealer = await front.market.users.dealers.verify(an_admin(), (await applied(front)).id)
    await front.log_in()
    return dealer


async def invited(front: Front, dealer: Dealer, role: str) -> None:
    """Bo takes an invitation of Anna, who then comes back."""
    await front.market.users.people.add(an_admin(), email="bo@example.com", name="Bo Li", password=WORD)
    sent = await front.send("/dealer", "/dealer/invitations", {"email": "bo@example.com", "role": role})
    assert sent.headers["location"] == "/dealer", sent.text
    assert "invited, until" in (await front.browser.get("/dealer")).text
    page = front.link()
    await front.log_in("bo@example.com")
    fields = {one.attrs["name"]: one.attrs["value"] for one in read((await front.browser.get(page)).text).all("input")}
    joined = await front.browser.post("/join", data=fields, headers=FETCHED)
    assert joined.headers["location"] == "/account", joined.text
    del dealer


async def test_somebody_applies_as_a_dealer_and_is_verified(front):
    dealer = await applied(front)

    assert (dealer.name, dealer.website, dealer.status) == ("Best Cars", "https://best.example", DealerStatus.APPLIED)
    assert dealer.places[0].place is not None
    assert (dealer.places[0].phone, dealer.places[0].place.city) == ("0123", "Dayton")
    waiting = (await front.browser.get("/dealer")).text
    assert "Waits to be verified" in waiting
    assert f"/dealers/{dealer.id}" not in waiting
    await front.market.users.dealers.verify(an_admin(), dealer.id)
    assert f"/dealers/{dealer.id}" in (await front.browser.get("/dealer")).text
    assert "Your dealer" in (await front.browser.get("/account")).text


async def test_what_the_form_does_not_ask_for_stays(front):
    dealer = await applied(front)
    dealers, actor = front.market.users.dealers, an_admin()
    (yard,) = dealer.places
    assert yard.place is not None
    mapped = evolve(yard, place=evolve(yard.place, point=Point(39.76, -84.19)))
    await dealers.revise(actor, dealer.id, name=dealer.name, places=(mapped,), website=None)
    version = read((await front.browser.get("/dealer")).text).one("input", name="version").attrs["value"]

    await front.send("/dealer", "/dealer", {**TOLD, "version": version, "city-0": "Troy", "place-1": "Second yard"})

    after = await dealers.get(actor, dealer.id)
    first, second = after.places
    assert (second.name, second.place) == ("Second yard", None)
    assert first.place is not None
    assert (first.place.city, first.place.point) == ("Troy", Point(39.76, -84.19))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": " "}, "It has a name"),
        ({"website": "best.example"}, "A website begins with"),
        ({"city-0": "x" * 101}, "at most 100 letters"),
    ],
)
async def test_what_is_wrong_with_an_application_is_told_beside_what_was_said(front, fields, told):
    await front.log_in()

    answer = await front.send("/dealer", "/dealer", {**TOLD, **fields})

    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="Main yard"' in answer.text


async def test_who_decided_on_an_older_version_is_told(front):
    await applied(front)

    answer = await front.send("/dealer", "/dealer", {**TOLD, "version": "0"})

    assert (answer.status_code, "has changed since" in answer.text) == (422, True)


async def test_nobody_is_invited_before_the_dealer_is_verified(front):
    await applied(front)
    page = await front.browser.get("/dealer")
    assert "Once your dealership is verified" in page.text

    fields = {"email": "bo@example.com", "role": "dealer-agent"}
    answer = await front.send("/dealer", "/dealer/invitations", fields)

    assert answer.status_code == 422
    assert "Only a verified dealer invites people." in answer.text


async def test_staff_is_invited_and_removed(front):
    dealer = await verified(front)
    await invited(front, dealer, "dealer-agent")
    agents_view = (await front.browser.get("/dealer")).text
    assert "Main yard" in agents_view
    assert "Invite somebody" not in agents_view
    assert (await front.send("/account", "/dealer", TOLD)).status_code == 422
    await front.log_in()
    page = read((await front.browser.get("/dealer")).text)
    (path,) = [one.attrs["action"] for one in page.all("form") if one.attrs["action"].endswith("/remove")]

    await front.send("/dealer", path, {})

    assert "Bo Li" not in (await front.browser.get("/dealer")).text
    gone = await front.send("/dealer", path, {})
    assert gone.status_code == 404


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"email": "nowhere", "role": "dealer-agent"}, "no e-mail address"),
        ({"email": "bo@example.com", "role": "king"}, "There is no such role"),
        ({"email": "bo@example.com", "role": "admin"}, "no role at a dealer"),
    ],
)
async def test_what_is_wrong_with_an_invitation_is_told(front, fields, told):
    await verified(front)

    answer = await front.send("/dealer", "/dealer/invitations", fields)

    assert answer.status_code == 422
    assert told in answer.text


async def test_who_works_for_no_dealer_invites_and_removes_nobody(front):
    await front.log_in()

    invitation = await front.send("/dealer", "/dealer/invitations", {"email": "bo@example.com", "role": "dealer-agent"})
    removal = await front.send("/dealer", f"/dealer/staff/{UUID(int=404)}/remove", {})

    assert [invitation.status_code, removal.status_code] == [404, 404]


async def test_rules_are_proposed_said_and_said_again(front):
    await front.log_in()
    proposed = (await front.browser.get("/dealer/rules")).text
    assert "nobody can book your cars" in proposed
    assert 'value="09:00-18:00"' in proposed

    done = await front.send("/dealer/rules", "/dealer/rules", RULES)

    assert done.headers["location"] == "/dealer/rules"
    actor = (await front.market.users.sessions.log_in(email="anna@example.com", password=WORD)).actor
    rules = await front.market.booking.my_rules(actor)
    assert rules is not None
    assert [str(one.opens) for one in rules.hours.hours] == ["09:00:00", "13:00:00"]
    assert all(isinstance(one, Open) and one.weekday == 0 for one in rules.hours.hours)
    assert rules.rental == RentalTerms(currency="USD", daily_rate=4990, fee=2000, deposit=0, tax_per_mille=75)
    assert rules.instant == frozenset({BookingKind.RENTAL})
    page = read((await front.browser.get("/dealer/rules")).text)
    fields = {one.attrs["name"]: one.attrs.get("value", "") for one in page.all("input")}
    assert (fields["monday"], fields["daily_rate"], fields["tax"]) == ("09:00-12:00, 13:00-18:00", "49.90", "7.5")
    again = await front.send("/dealer/rules", "/dealer/rules", {**RULES, "version": "1", "daily_rate": ""})
    assert again.status_code == 303
    stale = await front.send("/dealer/rules", "/dealer/rules", {**RULES, "version": "1"})
    assert (stale.status_code, "newer rules" in stale.text) == (422, True)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"time_zone": "Nowhere/City"}, "no such time zone"),
        ({"time_zone": ""}, "no such time zone"),
        ({"monday": "nine to five"}, "The monday cannot be read"),
        ({"monday": "18:00-09:00"}, "the later one last"),
        ({"monday": "09:00-12:00, 11:00-13:00"}, "do not overlap"),
        ({"slot_minutes": "1"}, "The slot lies between"),
        ({"slot_minutes": "soon"}, "a whole number"),
        ({"buffer_minutes": "²"}, "a whole number"),
        ({"policy": "kind"}, "flexible, moderate, strict"),
        ({"daily_rate": "1e9"}, "a number such as 49.90"),
        ({"daily_rate": "-1"}, "a number such as 49.90"),
        ({"currency": "dollars"}, "three capital letters"),
        ({"tax": "101"}, "0 to 1000"),
    ],
)
async def test_what_is_wrong_with_rules_is_told_beside_what_was_said(front, fields, told):
    await front.log_in()

    answer = await front.send("/dealer/rules", "/dealer/rules", {**RULES, **fields})

    assert answer.status_code == 422
    assert told in answer.text
    assert 'name="longest_reservation_days" type="number" value="5"' in answer.text


async def test_a_dealers_rules_are_those_of_its_cars(front):
    front.become(DEALER)
    rules = some_rules(seller=front.golf.seller)

    page = read((await front.browser.get("/dealer/rules")).text)

    assert page.one("input", name="time_zone").attrs["value"] == rules.hours.time_zone
    assert page.one("input", name="instant-rental").attrs["checked"] == ""


@pytest.mark.promise("R20")
async def test_the_pages_have_the_headers_that_keep_browsers_safe(front):
    assert (await front.browser.get("/dealer")).headers["location"] == "/login?next=%2Fdealer"
    await front.log_in()
    for path in ("/dealer", "/dealer/rules"):
        answer = await front.browser.get(path)

        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert (await front.browser.post(path, data=TOLD, headers=FETCHED)).status_code == 403


async def test_the_link_of_the_calendar_is_shown_and_made_anew(front):
    front.become(DEALER)
    before = (await front.browser.get("/dealer/rules")).text
    assert "/calendar.ics?token=" in before

    answer = await front.send("/dealer/rules", "/dealer/rules/calendar", {})

    assert answer.headers["location"] == "/dealer/rules"
    links = [
        next(one.text for one in read(page).all("code") if "calendar.ics" in one.text)
        for page in (before, (await front.browser.get("/dealer/rules")).text)
    ]
    assert links[0] != links[1]
