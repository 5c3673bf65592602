"""
Pages to register, log in, book and look after one's account, as a browser without JavaScript uses them.

It is long, for it tells the whole way of a person through them.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import SplitResult, parse_qs, urlsplit

import pytest

from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.users.roles import Role
from carmarket.core.users.second_factor import code_at
from carmarket.entrypoints.web.visit import ACCESS_COOKIE, FORM_FIELD, SESSION_COOKIE, Visit, safe_path
from carmarket.ports.booking import BookingFilter
from carmarket.testing.builders import an_admin
from tests.entrypoints.web.front import ANNA, FETCHED, OTHER, WORD, token_of
from tests.entrypoints.web.markup import read


async def test_somebody_registers_confirms_logs_in_and_out(front):
    fields = {"name": "Bo Li", "email": "bo@example.com", "password": WORD, "language": "de"}
    told = await front.send("/register", "/register", fields)
    assert "letter" in told.text
    page = front.link()
    token = parse_qs(urlsplit(page).query)["token"][0]
    confirmed = await front.send(page, "/confirm", {"token": token, "password": WORD})
    assert (confirmed.status_code, confirmed.headers["location"]) == (303, "/login")
    arrived = await front.log_in("bo@example.com", next="/bookings")

    assert (arrived.status_code, arrived.headers["location"]) == (303, "/bookings")
    for cookie in arrived.headers.get_list("set-cookie"):
        assert all(word in cookie for word in ("__Host-", "HttpOnly", "Path=/", "SameSite=lax", "Secure"))
        assert "Domain" not in cookie
    account = await front.browser.get("/account")
    assert "bo@example.com" in account.text
    assert account.headers["cache-control"] == "no-store"
    left = await front.send("/account", "/logout", {})
    assert left.headers["location"] == "/"
    assert (await front.browser.get("/account")).headers["location"] == "/login?next=%2Faccount"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"password": "shrt"}, "8 to 128 characters"),
        ({"password": "password"}, "first that are tried"),
        ({"email": "nowhere"}, "no e-mail address"),
        ({"name": " "}, "A person has a name"),
        ({"language": "xx"}, "xx"),
    ],
)
async def test_what_is_wrong_with_a_form_is_told_beside_what_was_said(front, fields, told):
    said = {"name": "Bo Li", "email": "bo@example.com", "password": WORD, "language": "en", **fields}
    answer = await front.send("/register", "/register", said)

    assert answer.status_code == 422
    assert told in answer.text
    assert said["password"] not in answer.text or said["password"] == "password"


async def test_a_wrong_password_is_told_and_nothing_is_kept(front):
    answer = await front.log_in(password=OTHER)

    assert answer.status_code == 401
    assert "is wrong" in answer.text
    assert SESSION_COOKIE not in front.browser.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://other.shop.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.promise("R20")
async def test_a_form_from_another_site_is_refused(front, headers):
    await front.log_in()
    token = token_of(await front.browser.get("/account"))

    answer = await front.browser.post("/account/devices", data={FORM_FIELD: token}, headers=headers)

    assert answer.status_code == 403
    assert (await front.browser.get("/account")).status_code == 200


@pytest.mark.promise("R20")
async def test_a_form_without_its_token_is_refused_though_it_seems_to_come_from_here(front):
    await front.log_in()

    answers = [
        await front.browser.post("/account/devices", data=data, headers=FETCHED)
        for data in ({}, {FORM_FIELD: ""}, {FORM_FIELD: "forged"}, {FORM_FIELD: "é"})
    ]

    assert [one.status_code for one in answers] == [403] * 4
    assert (await front.browser.get("/account")).status_code == 200


@pytest.mark.mutant("R20")
async def test_a_visit_that_takes_any_form_is_caught(front, monkeypatch):
    async def form(visit: Visit) -> dict[str, str]:
        return {name: str(value) for name, value in (await visit.request.form()).items()}

    monkeypatch.setattr(Visit, "form", form)
    await front.log_in()

    answer = await front.browser.post("/account/devices", headers={"Origin": "https://evil.example"})

    assert answer.status_code == 303
    assert (await front.browser.get("/account")).status_code == 303


@pytest.mark.mutant("R20")
@pytest.mark.parametrize("looks_at", ["token", "origin"])
async def test_a_visit_that_looks_at_one_of_both_alone_is_caught(front, monkeypatch, looks_at):
    visit = "carmarket.entrypoints.web.visit"
    await front.log_in()
    token = token_of(await front.browser.get("/account"))
    if looks_at == "token":
        monkeypatch.setattr(f"{visit}.urlsplit", lambda _: SplitResult("", "shop.example", "", "", ""))
        said, headers = token, {"Origin": "https://evil.example"}
    else:
        monkeypatch.setattr(f"{visit}.hmac.compare_digest", lambda one, two: True)
        said, headers = "forged", FETCHED

    answer = await front.browser.post("/account/devices", data={FORM_FIELD: said}, headers=headers)

    assert answer.status_code == 303
    assert (await front.browser.get("/account")).status_code == 303


@pytest.mark.promise("R20")
async def test_every_page_has_the_headers_that_keep_browsers_safe(front):
    await front.log_in()
    for page in ("/", "/account", "/bookings", "/login", "/register", "/forgotten", f"/cars/{front.golf.id}/book"):
        answer = await front.browser.get(page)

        assert answer.status_code == (303 if page == "/login" else 200), page
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"]


async def test_a_session_goes_on_when_its_access_has_run_out(front):
    await front.log_in()
    before = front.browser.cookies[SESSION_COOKIE]
    front.clock.advance(timedelta(minutes=16))
    front.browser.cookies.delete(ACCESS_COOKIE)

    answer = await front.browser.get("/account")

    assert answer.status_code == 200
    assert front.browser.cookies[SESSION_COOKIE] != before


@pytest.mark.parametrize("page", ["/bookings/00000000-0000-0000-0000-000000000009", "/account"])
async def test_a_session_that_was_refreshed_outlives_an_error(front, page):
    await front.log_in()
    front.clock.advance(timedelta(minutes=16))
    front.browser.cookies.delete(ACCESS_COOKIE)
    await front.browser.get(page)
    front.clock.advance(timedelta(seconds=30))

    assert (await front.browser.get("/account")).status_code == 200


async def test_the_newest_bookings_are_shown_first(front, monkeypatch):
    await front.log_in()
    page = f"/cars/{front.golf.id}/book"
    for _ in range(3):
        choice = await front.browser.get(page)
        slot = next(one.attrs["value"] for one in read(choice.text).within() if one.attrs.get("name") == "slot")
        fields = {"kind": "test-drive", "slot": slot, FORM_FIELD: token_of(choice)}
        quoted = await front.browser.post(page, data=fields, headers=FETCHED)
        signed = next(one.attrs["value"] for one in read(quoted.text).within() if one.attrs.get("name") == "quote")
        await front.browser.post("/bookings", data={"quote": signed, FORM_FIELD: token_of(quoted)}, headers=FETCHED)
        front.clock.advance(timedelta(seconds=1))
    monkeypatch.setattr("carmarket.entrypoints.web.booking_pages.SHOWN", 2)
    monkeypatch.setattr("carmarket.entrypoints.web.booking_pages.PAGE", 2)

    shown = (await front.browser.get("/bookings")).text

    assert [shown.count(clock) for clock in ("14:30 to 15:00", "15:00 to 15:30", "15:30 to 16:00")] == [0, 1, 1]
    assert shown.index("15:30 to 16:00") < shown.index("15:00 to 15:30")


async def test_a_forgotten_password_is_set_anew(front):
    assert "letter" in (await front.send("/forgotten", "/forgotten", {"email": ANNA})).text
    await front.market.settle()
    page = front.link()
    token = parse_qs(urlsplit(page).query)["token"][0]
    poor = await front.send(page, "/reset", {"token": token, "password": "short"})
    assert poor.status_code == 422
    done = await front.send(page, "/reset", {"token": token, "password": OTHER})

    assert done.headers["location"] == "/login"
    assert (await front.log_in(password=OTHER)).status_code == 303


async def test_the_account_is_looked_after(front):
    await front.log_in()
    await front.send("/account", "/account/profile", {"name": "Anna Tal", "language": "ar"})
    assert "Anna Tal" in (await front.browser.get("/account")).text
    wrong = await front.send("/account", "/account/password", {"old": OTHER, "new": OTHER})
    assert "not the password" in wrong.text
    await front.send("/account", "/account/password", {"old": WORD, "new": OTHER})
    assert (await front.browser.get("/account")).status_code == 303

    await front.log_in(password=OTHER)
    await front.send("/account", "/account/devices", {})
    assert (await front.browser.get("/account")).status_code == 303
    await front.log_in(password=OTHER)
    goodbye = await front.send("/account", "/account/erase", {"password": OTHER})
    assert "erased" in goodbye.text
    assert (await front.log_in(password=OTHER)).status_code == 401


async def test_a_second_factor_is_turned_on_asked_for_and_turned_off(front):
    await front.log_in()
    shown = await front.send("/account", "/account/second-factor", {"step": "prepare", "password": WORD})
    secret = next(one for one in read(shown.text).within() if one.attrs.get("class") == "key").text.strip()
    moment = int(front.clock.now().timestamp()) // 30
    token = token_of(shown)
    fields = {"step": "confirm", "code": code_at(secret, moment), FORM_FIELD: token}
    codes = await front.browser.post("/account/second-factor", data=fields, headers=FETCHED)
    assert codes.text.count("<code>") == 10
    await front.send("/account", "/logout", {})

    asked = await front.log_in()
    assert (asked.status_code, 'name="code"' in asked.text) == (401, True)
    front.clock.advance(timedelta(minutes=1))
    assert (await front.log_in(code=code_at(secret, moment + 2))).status_code == 303
    front.clock.advance(timedelta(minutes=1))
    fields = {"step": "remove", "password": WORD, "code": code_at(secret, moment + 4)}
    assert (await front.send("/account", "/account/second-factor", fields)).status_code == 303


async def test_a_test_drive_is_booked_confirmed_and_shown_to_both(front):
    await front.log_in()
    page = f"/cars/{front.golf.id}/book"
    choice = await front.browser.get(page)
    slot = next(one.attrs["value"] for one in read(choice.text).within() if one.attrs.get("name") == "slot")
    assert "> 09:00</label>" in choice.text  # as the dealer's door says, and not by another clock
    assert "Europe/Berlin" in choice.text
    quoted = await front.browser.post(
        page, data={"kind": "test-drive", "slot": slot, FORM_FIELD: token_of(choice)}, headers=FETCHED
    )
    signed = next(one.attrs["value"] for one in read(quoted.text).within() if one.attrs.get("name") == "quote")
    data = {"quote": signed, FORM_FIELD: token_of(quoted)}
    booked = await front.browser.post("/bookings", data=data, headers=FETCHED)
    again = await front.browser.post("/bookings", data=data, headers=FETCHED)

    assert booked.headers["location"] == again.headers["location"]
    shown = await front.browser.get(booked.headers["location"])
    assert "Requested" in shown.text
    assert "Confirm</button>" not in shown.text
    assert booked.headers["location"] in (await front.browser.get("/bookings")).text
    taken = await front.browser.post("/bookings", data={**data, "quote": signed}, headers=FETCHED)
    assert taken.status_code == 303
    cancelled = await front.send(
        booked.headers["location"], f"{booked.headers['location']}/cancel", {"reason": "Rain."}
    )
    assert cancelled.status_code == 303
    assert "Rain." in (await front.browser.get(booked.headers["location"])).text


async def test_a_rental_is_quoted_line_by_line_and_confirmed_at_once(front):
    await front.log_in()
    page = f"/cars/{front.golf.id}/book?kind=rental"
    first = (front.clock.now() + timedelta(days=3)).date()
    fields = {"kind": "rental", "first": first.isoformat(), "last": (first + timedelta(days=1)).isoformat()}
    quoted = await front.send(page, f"/cars/{front.golf.id}/book", fields)
    assert "Deposit" in quoted.text
    signed = next(one.attrs["value"] for one in read(quoted.text).within() if one.attrs.get("name") == "quote")

    booked = await front.browser.post(
        "/bookings", data={"quote": signed, FORM_FIELD: token_of(quoted)}, headers=FETCHED
    )

    (booking,) = await front.market.stock.bookings.find(BookingFilter())
    assert booking.status is BookingStatus.CONFIRMED
    assert "Confirmed" in (await front.browser.get(booked.headers["location"])).text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "test-drive"}, "Choose a time"),
        ({"kind": "rental", "first": "x", "last": ""}, "Choose the days"),
        ({"kind": "rental", "first": "9999-12-30", "last": "9999-12-31"}, "Choose the days"),
        ({"kind": "rental", "first": "2020-01-01", "last": "2020-01-02"}, "between now and a year"),
        ({"kind": "nothing", "first": "2026-06-01", "last": "2026-06-02"}, "nothing"),
    ],
)
async def test_what_cannot_be_booked_is_told(front, fields, told):
    await front.log_in()
    answer = await front.send(f"/cars/{front.golf.id}/book", f"/cars/{front.golf.id}/book", fields)

    assert answer.status_code == 422
    assert told in answer.text


async def test_bookings_of_others_are_not_shown(front):
    await front.log_in()

    for page in ("/bookings/00000000-0000-0000-0000-000000000009", f"/cars/{front.golf.seller}/book"):
        assert (await front.browser.get(page)).status_code == 404
    assert (await front.send("/account", f"/bookings/{front.golf.id}/nothing", {})).status_code == 404


async def test_an_invitation_is_taken(front):
    dealer = await front.market.users.dealers.apply(
        (await front.market.users.sessions.log_in(email=ANNA, password=WORD)).actor, name="Best Cars"
    )
    await front.market.users.dealers.verify(an_admin(), dealer.id)
    await front.market.users.people.add(an_admin(), email="bo@example.com", name="Bo", password=WORD)
    await front.market.users.staff.invite(an_admin(), dealer.id, email="bo@example.com", role=Role.DEALER_AGENT)
    page = front.link()
    assert (await front.browser.get(page)).headers["location"].startswith("/login?next=%2Fjoin")
    await front.log_in("bo@example.com")
    asked = parse_qs(urlsplit(page).query)
    wrong = await front.send(page, "/join", {"dealer": asked["dealer"][0], "invitation": "x"})
    assert wrong.status_code == 422

    joined = await front.send(page, "/join", {"dealer": asked["dealer"][0], "invitation": asked["invitation"][0]})

    assert joined.headers["location"] == "/account"
    actor = front.market.stock.tokens.verify(front.browser.cookies[ACCESS_COOKIE], now=front.clock.now()).actor
    assert actor.dealer_id == dealer.id


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("/bookings?x=1", "/bookings?x=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x", "/a%0D%0ASet-Cookie:%20x"),
        ("", "/"),
        ("http://[", "/"),
    ],
)
def test_nobody_is_sent_elsewhere(said, path):
    assert safe_path(said) == path
