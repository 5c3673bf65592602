"""
Who may call what: generated from the routes themselves, so that a new one cannot be forgotten.

It is long, for every subject has its strangers, who are kept out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from attrs import frozen
from httpx import Response
from litestar.routes import HTTPRoute

from carmarket import Actor
from carmarket.config import Settings
from carmarket.core.catalog.ownership import seller_of
from carmarket.core.limits import DEFAULT_LIMITS
from carmarket.core.side import Side
from carmarket.core.users.roles import Permission, Role, allows
from carmarket.entrypoints.http import create_app
from carmarket.entrypoints.http.access import OPT, Rule
from carmarket.entrypoints.http.openapi import ABOUT, document
from carmarket.testing.builders import an_admin
from tests.entrypoints.http.booked import a_bookable_car, hold
from tests.entrypoints.http.enquired import ask
from tests.entrypoints.http.reviewed import review
from tests.entrypoints.http.service import ACTORS, GOLF, Service, assert_problem

BODIES: dict[str, Any] = {
    "/v1/listings": {"json": GOLF},
    "/v1/listings/{listing_id:uuid}": {"json": GOLF["details"]},
    "/v1/listings/{listing_id:uuid}/price": {"json": GOLF["price"]},
    "/v1/listings/{listing_id:uuid}/reject": {"json": {"reason": "No."}},
    "/v1/accounts": {"json": {"email": "a@example.com", "password": "correct horse", "name": "Anna"}},
    "/v1/accounts/confirm": {"json": {"token": "t", "password": "correct horse"}},
    "/v1/accounts/forgotten": {"json": {"email": "a@example.com"}},
    "/v1/accounts/reset": {"json": {"token": "t", "password": "correct horse"}},
    "/v1/sessions": {"json": {"email": "a@example.com", "password": "correct horse"}},
    "/v1/sessions/refresh": {"json": {"refresh_token": "t"}},
    "/v1/sessions/end": {"json": {"refresh_token": "t"}},
    "/v1/sessions/providers/{name:str}/begin": {"json": {"redirect_uri": "http://127.0.0.1:8000/login"}},
    "/v1/sessions/providers/{name:str}/finish": {"json": {"transaction": "t", "state": "s", "code": "c"}},
    "/v1/sessions/second-factor": {"json": {"ticket": "t", "code": "123456"}},
    "/v1/me/identities/{name:str}/begin": {"json": {"redirect_uri": "http://127.0.0.1:8000/login"}},
    "/v1/me/identities/{name:str}/finish": {"json": {"transaction": "t", "state": "s", "code": "c"}},
    "/v1/me": {"json": {"name": "Anna", "language": "de"}},
    "/v1/me/password": {"json": {"old": "correct horse", "new": "battery staple"}},
    "/v1/me/second-factor": {"json": {"password": "correct horse"}},
    "/v1/me/second-factor/confirm": {"json": {"code": "123456"}},
    "/v1/me/second-factor/remove": {"json": {"password": "correct horse"}},
    "/v1/me/erase": {"json": {"password": "correct horse"}},
    "/v1/dealers": {"json": {"name": "Best Cars"}},
    "/v1/dealers/{dealer_id:uuid}": {"json": {"name": "Best Cars"}},
    "/v1/dealers/{dealer_id:uuid}/reject": {"json": {"reason": "No."}},
    "/v1/listings/{listing_id:uuid}/uploads": {"json": {"content_type": "image/jpeg", "size": 9}},
    "/v1/dealers/{dealer_id:uuid}/suspend": {"json": {"reason": "No."}},
    "/v1/dealers/{dealer_id:uuid}/invitations": {"json": {"email": "a@example.com", "role": "dealer-agent"}},
    "/v1/users/{user_id:uuid}/roles": {"json": {"roles": ["moderator"]}},
    "/v1/cars/{car_id:uuid}/quotes": {
        "json": {"kind": "rental", "start": "2026-12-01T09:00:00Z", "end": "2026-12-02T09:00:00Z"}
    },
    "/v1/bookings": {"json": {"quote": "forged"}},
    "/v1/bookings/{booking_id:uuid}/decline": {"json": {"reason": "No."}},
    "/v1/bookings/{booking_id:uuid}/cancel": {"json": {}},
    "/v1/booking-rules": {"json": {"time_zone": "Europe/Berlin"}},
    "/v1/enquiries": {"json": {"car_id": str(UUID(int=9)), "text": "Is it still there?"}},
    "/v1/enquiries/{enquiry_id:uuid}/messages": {"json": {"text": "Hello?"}},
    "/v1/enquiries/{enquiry_id:uuid}/assignee": {"json": {"assignee": None}},
    "/v1/reviews": {"json": {"booking_id": str(UUID(int=9)), "stars": 4, "text": "Good."}},
    "/v1/reviews/{review_id:uuid}/reject": {"json": {"reason": "No."}},
    "/v1/reviews/{review_id:uuid}/reply": {"json": {"text": "Thanks."}},
    "/v1/reviews/{review_id:uuid}/report": {"json": {"reason": "No."}},
    "/v1/saved-searches": {"json": {"name": "Golfs", "query": "model=golf"}},
    "/v1/saved-searches/{search_id:uuid}": {"json": {"name": "Golfs", "how_often": "never"}},
    "/v1/webhooks": {"json": {"url": "http://127.0.0.1:9/"}},
    "/v1/webhooks/{webhook_id:uuid}": {"json": {"url": "http://127.0.0.1:9/"}},
    "/v1/cars/{car_id:uuid}/busy.ics": {
        "content": b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        "headers": {"Content-Type": "text/calendar"},
    },
    "/v1/imports": {"content": b"Make,Model,Price\nBMW,X5,9\n", "headers": {"Content-Type": "text/csv"}},
}
UNSHOWN = {"/openapi.json", "/docs", "/docs/{name:str}"}
UNLIMITED = {"/health/live", "/health/ready", "/metrics", "/docs/{name:str}", "/photos/{photo_id:uuid}/{name:str}"}


@frozen
class Way:
    """A method of a path, and what is declared of it."""

    method: str
    path: str
    opt: dict[str, Any]

    @property
    def rule(self) -> Rule:
        rule: Rule = self.opt[OPT]
        return rule

    def to(self, thing: object) -> str:
        return (
            self.path.replace("{listing_id:uuid}", str(thing))
            .replace("{import_id:uuid}", str(thing))
            .replace("{booking_id:uuid}", str(thing))
            .replace("{enquiry_id:uuid}", str(thing))
            .replace("{review_id:uuid}", str(thing))
            .replace("{seller_id:uuid}", str(thing))
            .replace("{search_id:uuid}", str(thing))
            .replace("{photo_id:uuid}", str(UUID(int=5)))
            .replace("{upload_id:uuid}", str(UUID(int=7)))
            .replace("{car_id:uuid}", str(thing))
            .replace("{webhook_id:uuid}", str(thing))
            .replace("{delivery_id:uuid}", str(UUID(int=6)))
            .replace("{name:str}", "large.jpg")
            .replace("{dealer_id:uuid}", str(thing))
            .replace("{user_id:uuid}", str(thing))
            .replace("{session_id:uuid}", str(thing))
            .replace("{invitation_id:uuid}", str(thing))
            .replace("{format:str}", "csv")
        )

    @property
    def body(self) -> dict[str, Any]:
        if self.path.endswith("/photos"):
            jpeg = {"content": b"\xff\xd8\xff", "headers": {"Content-Type": "image/jpeg"}}
            return jpeg if self.method == "POST" else {"json": {"photos": []}}
        return dict(BODIES.get(self.path, {})) if self.method in {"POST", "PUT"} else {}


def ways() -> Iterator[Way]:
    for route in create_app(Settings(url="memory://")).routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.fn.__module__.startswith("carmarket.entrypoints.http"):
                    for method in handler.http_methods:
                        yield Way(method, route.path, dict(handler.opt))


ALL = sorted(ways(), key=lambda way: (way.path, way.method))
CLOSED = [way for way in ALL if way.rule.access not in {"open", "link"}]
LINKED = [way for way in ALL if way.rule.access == "link"]
SAVED = [way for way in CLOSED if "{search_id:uuid}" in way.path]
OWNED = [way for way in CLOSED if "{listing_id:uuid}" in way.path]
ENQUIRED = [way for way in CLOSED if "{enquiry_id:uuid}" in way.path]
REVIEWED = [way for way in CLOSED if "{review_id:uuid}" in way.path]
BOOKED = [way for way in CLOSED if "{booking_id:uuid}" in way.path]
STAFFED = [way for way in CLOSED if "{dealer_id:uuid}" in way.path]
IMPORTED = [way for way in CLOSED if "{import_id:uuid}" in way.path]
HIDDEN = frozenset(
    f"{thing}_id"
    for thing in (
        "listing", "search", "booking", "enquiry", "review", "webhook", "delivery", "dealer", "import", "session",
        "user", "invitation", "photo", "upload",
    )
)  # fmt: skip
"""Things that are somebody's: tests below ask for each as somebody else; the last four stand behind another."""
PUBLIC = frozenset({"car_id", "name"})
"""Cars, and providers of log-ins."""
HOOKED = [way for way in CLOSED if "/webhooks" in way.path]


def named(way):
    return f"{way.method} {way.path}"


@pytest.mark.parametrize("way", ALL, ids=named)
def test_every_route_declares_who_may_call_it_how_long_it_takes_and_how_much_it_is_sent(way):
    rule = way.rule

    assert rule.access in {"open", "link", "user", "role"}
    assert bool(rule.roles) == (rule.access == "role")
    assert rule.rate in DEFAULT_LIMITS if way.path not in UNLIMITED else rule.rate is None
    assert 0 < rule.deadline <= 300
    assert (rule.body_limit > 0) == (way.method in {"POST", "PUT"})
    assert rule.body_limit >= 4 * 1024 or not way.body
    assert rule.held_limit is None or rule.held_limit > 0
    assert (ABOUT in way.opt) == (way.path not in UNSHOWN)
    if way.method != "GET":
        assert rule.access != "open" or rule.rate in {"login", "register"}
        assert rule.rate in {"write", "upload", "login", "register"}


@pytest.mark.parametrize("way", LINKED, ids=named)
async def test_a_linked_route_asks_for_its_link_alone(shared, way):
    said = {one["name"]: one for one in way.opt[ABOUT].parameters}
    forged = {"headers": {"Authorization": f"Bearer {shared.token('admin')}"}, "params": {"token": "f" * 80}}

    answers = [await shared.ask(way.method, way.to(UUID(int=9)), **asked) for asked in ({}, forged)]

    assert said["token"]["required"]
    for answer in answers:
        assert_problem(answer, 422, "invalid", field="token")


@pytest.mark.promise("R19")
@pytest.mark.parametrize("way", SAVED, ids=named)
@pytest.mark.parametrize("who", ["dealer", "moderator", "admin"])
async def test_a_saved_search_of_somebody_else_is_hidden(shared, way, who):
    said = BODIES["/v1/saved-searches"]
    saved = await shared.ask("POST", "/v1/saved-searches", "customer", **said)

    answer = await shared.ask(way.method, way.to(saved.json()["id"]), who, etag="*", **way.body)

    if who == "admin" and way.method == "GET":
        assert answer.status_code == 200
    else:
        assert_problem(answer, 404, "not-found", field="saved_search")
    unchanged = await shared.ask("GET", saved.headers["location"], "customer")
    assert unchanged.json() == saved.json()


@pytest.mark.parametrize("way", CLOSED, ids=named)
async def test_nobody_gets_in_without_a_token(shared, way):
    answer = await shared.ask(way.method, way.to(UUID(int=9)), etag="*", **way.body)

    assert_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.promise("R19")
@pytest.mark.parametrize("way", [way for way in CLOSED if way.rule.access == "role"], ids=named)
@pytest.mark.parametrize("who", sorted(ACTORS))
async def test_a_route_for_roles_takes_these_roles_alone(service, way, who):
    if "{review_id:uuid}" in way.path:
        pending = await review(service)
    else:
        pending = await service.act(await service.draft("new dealer"), "submit", "new dealer")
    able = bool(way.rule.roles & ACTORS[who].roles)

    answer = await service.ask(way.method, way.to(pending.json()["id"]), who, etag="*", **way.body)

    if able:
        is_there = "{" not in way.path or any(one in way.path for one in ("{listing_id:uuid}", "{review_id:uuid}"))
        assert answer.status_code in ({200, 202} if is_there else {404}), answer.text
    else:
        assert_problem(answer, 403, "forbidden", field="roles")


@pytest.mark.promise("R19")
@pytest.mark.parametrize("way", OWNED, ids=named)
@pytest.mark.parametrize("who", ["customer", "other dealer", "new dealer"])
async def test_a_listing_of_somebody_else_is_hidden(shared, way, who):
    drafted = await shared.draft()

    answer = await shared.ask(way.method, way.to(drafted.json()["id"]), who, etag="*", **way.body)

    if way.rule.access == "role":
        assert_problem(answer, 403, "forbidden")
    else:
        assert_problem(answer, 404, "not-found", field="listing")
    unchanged = await shared.ask("GET", drafted.headers["location"], "dealer")
    assert unchanged.json() == drafted.json()


@pytest.mark.parametrize("way", [way for way in OWNED if way.rule.access == "user"], ids=named)
async def test_a_moderator_sees_a_listing_and_changes_nothing_of_it(shared, way):
    drafted = await shared.draft()

    answer = await shared.ask(way.method, way.to(drafted.json()["id"]), "moderator", etag="*", **way.body)

    if way.method == "GET":
        assert answer.status_code == 200
    else:
        assert_problem(answer, 403, "forbidden")


@pytest.fixture(scope="module")
async def booked(shared: Service) -> dict[str, Any]:
    """A customer's booking of a dealer's car."""
    shown: dict[str, Any] = (await hold(shared, await a_bookable_car(shared))).json()
    return shown


@pytest.mark.promise("R19")
@pytest.mark.parametrize("way", BOOKED, ids=named)
@pytest.mark.parametrize("who", ["other customer", "other dealer", "new dealer", "moderator"])
async def test_a_booking_of_somebody_else_is_hidden(shared, booked, way, who):
    answer = await shared.ask(way.method, way.to(booked["id"]), who, etag="*", **way.body)

    assert_problem(answer, 404, "not-found", field="booking")
    assert (await shared.ask("GET", f"/v1/bookings/{booked['id']}", "customer")).json() == booked


@pytest.mark.parametrize("way", BOOKED, ids=named)
@pytest.mark.parametrize("who", ["customer", "dealer"])
async def test_a_booking_of_ones_own_is_not_hidden(shared, booked, way, who):
    """Each acts on its own side alone; the wrong version keeps the booking as it is."""
    answer = await shared.ask(way.method, way.to(booked["id"]), who, etag='"9"', **way.body)

    action = way.path.rpartition("/")[2]
    able = {"customer": {"request", "cancel"}, "dealer": {"confirm", "decline", "cancel", "complete", "miss"}}[who]
    if way.method == "GET":
        assert answer.status_code == 200
    elif action in able:
        assert_problem(answer, 412, "stale")
    else:
        assert_problem(answer, 404, "not-found")


@pytest.fixture(scope="module")
async def enquiry(shared: Service) -> dict[str, Any]:
    """A customer's enquiry about a dealer's car."""
    shown: dict[str, Any] = (await ask(shared)).json()
    return shown


@pytest.mark.promise("R19")
@pytest.mark.parametrize("way", ENQUIRED, ids=named)
@pytest.mark.parametrize("who", ["other customer", "other dealer", "new dealer", "moderator"])
async def test_an_enquiry_of_somebody_else_is_hidden(shared, enquiry, way, who):
    answer = await shared.ask(way.method, way.to(enquiry["id"]), who, etag="*", **way.body)

    assert_problem(answer, 404, "not-found", field="enquiry")
    assert (await shared.ask("GET", f"/v1/enquiries/{enquiry['id']}", "customer")).json() == enquiry


@pytest.mark.promise("R19")
@pytest.mark.parametrize("way", REVIEWED, ids=named)
@pytest.mark.parametrize("who", ["dealer", "other dealer", "new dealer"])
async def test_a_review_that_is_not_public_is_hidden_from_all_but_its_author(shared, way, who):
    written = await review(shared)

    answer = await shared.ask(way.method, way.to(written.json()["id"]), who, etag="*", **way.body)

    if way.rule.access == "role":
        assert_problem(answer, 403, "forbidden")
    else:
        assert_problem(answer, 404, "not-found", field="review")
    unchanged = await shared.ask("GET", written.headers["location"], "customer")
    assert unchanged.json() == written.json()


@pytest.mark.promise("R19")
@pytest.mark.parametrize("way", HOOKED, ids=named)
@pytest.mark.parametrize("who", ["customer", "moderator", "other dealer", "new dealer"])
async def test_a_webhook_is_for_who_may_have_one_and_of_somebody_else_hidden(shared, way, who):
    made = await shared.ask("POST", "/v1/webhooks", "admin", json={"url": "http://127.0.0.1:9/"})

    answer = await shared.ask(way.method, way.to(made.json()["id"]), who, etag="*", **way.body)

    if not allows(ACTORS[who].roles, Permission.INTEGRATE):
        assert_problem(answer, 403, "forbidden")
    elif "{" in way.path:
        assert_problem(answer, 404, "not-found", field="webhook")
    else:
        assert answer.status_code in {200, 201}
    unchanged = await shared.ask("GET", made.headers["location"], "admin")
    assert unchanged.json() == {**made.json(), "secret": None}
    await shared.ask("DELETE", made.headers["location"], "admin")


@pytest.mark.promise("R19")
@pytest.mark.parametrize("way", [way for way in HOOKED if "{" in way.path], ids=named)
@pytest.mark.parametrize("who", ["other dealer", "new dealer"])
async def test_a_webhook_of_another_dealer_is_hidden(shared, way, who):
    made = await shared.ask("POST", "/v1/webhooks", "dealer", json={"url": "http://127.0.0.1:9/"})

    answer = await shared.ask(way.method, way.to(made.json()["id"]), who, etag="*", **way.body)

    assert_problem(answer, 404, "not-found", field="webhook")
    assert (await shared.ask("GET", made.headers["location"], "dealer")).json() == {**made.json(), "secret": None}
    await shared.ask("DELETE", made.headers["location"], "dealer")


@pytest.fixture(scope="module")
async def dealer(shared: Service) -> dict[str, Any]:
    """A dealer who waits for its verification."""
    people = shared.market.users.people
    user = await people.add(an_admin(), email="dora@example.com", name="Dora", password="correct horse battery")
    dealer = await shared.market.users.dealers.apply(Actor(user_id=user.id), name="Best Cars")
    shown: dict[str, Any] = (await shared.ask("GET", "/v1/dealers", "admin")).json()["dealers"][0]
    assert shown["id"] == str(dealer.id)
    return shown


@pytest.mark.promise("R19")
@pytest.mark.parametrize("way", STAFFED, ids=named)
@pytest.mark.parametrize("who", ["customer", "dealer", "other dealer", "moderator"])
async def test_a_dealer_that_one_does_not_work_for_is_hidden(shared, dealer, way, who):
    answer = await shared.ask(way.method, way.to(dealer["id"]), who, etag="*", **way.body)

    if way.rule.access == "role":
        assert_problem(answer, 403, "forbidden")
    else:
        assert_problem(answer, 404, "not-found", field="user" if way.path.endswith("/accept") else "dealer")
    assert (await shared.ask("GET", "/v1/dealers", "admin")).json()["dealers"] == [dealer]


@pytest.mark.promise("R19")
async def test_an_invitation_of_somebody_else_and_staff_of_another_dealer_are_hidden(service):
    users = service.market.users
    owner, invited, other = [
        await users.people.add(an_admin(), email=f"{name}@example.com", name=name, password="correct horse battery")
        for name in ("dora", "fritz", "gina")
    ]
    dealer = await users.dealers.apply(Actor(user_id=owner.id), name="Best Cars")
    await users.dealers.verify(an_admin(), dealer.id)
    asked = await users.staff.invite(an_admin(), dealer.id, email="fritz@example.com", role=Role.DEALER_AGENT)
    way = f"/v1/dealers/{dealer.id}/invitations/{asked.invitations[0].id}/accept"

    answer = await service.ask("POST", way, Actor(user_id=other.id))
    assert_problem(answer, 404, "not-found", field="invitation")
    assert (await service.ask("POST", way, Actor(user_id=invited.id))).status_code == 200

    hidden = await service.ask("DELETE", f"/v1/dealers/{dealer.id}/staff/{invited.id}", "dealer")
    assert_problem(hidden, 404, "not-found", field="dealer")
    assert str(invited.id) in (await service.ask("GET", f"/v1/dealers/{dealer.id}/staff", "admin")).text


@pytest.mark.promise("R19")
@pytest.mark.parametrize("way", IMPORTED, ids=named)
@pytest.mark.parametrize("who", ["customer", "other dealer", "new dealer", "moderator"])
async def test_an_import_of_somebody_else_is_hidden(shared, way, who):
    begun = await shared.ask("POST", "/v1/imports", "dealer", **BODIES["/v1/imports"])

    answer = await shared.ask(way.method, way.to(begun.json()["id"]), who)

    assert_problem(answer, 404, "not-found", field="import")


@pytest.mark.promise("R19")
@pytest.mark.parametrize("who", ["customer", "other dealer", "new dealer", "moderator"])
async def test_a_car_of_somebody_else_is_not_blocked(shared, who):
    """Cars are public, their sellers' calendars are not."""
    (way,) = [way for way in CLOSED if way.path.endswith("/busy.ics")]
    car = await a_bookable_car(shared)

    answer = await shared.ask(way.method, way.to(car), who, **way.body)

    if allows(ACTORS[who].roles, Permission.ANSWER):
        assert_problem(answer, 404, "not-found", field="car")
    else:
        assert_problem(answer, 403, "forbidden")


@pytest.mark.promise("R19")
async def test_a_session_of_somebody_else_is_hidden(shared):
    people, sessions = shared.market.users.people, shared.market.users.sessions
    user = await people.add(an_admin(), email="eve@example.com", name="Eve", password="correct horse battery")
    login = await sessions.begin(user)

    answer = await shared.ask("DELETE", f"/v1/me/sessions/{login.session_id}", "customer")

    assert_problem(answer, 404, "not-found", field="session")
    assert [one.id for one in await sessions.mine(login.actor)] == [login.session_id]


@pytest.mark.promise("R19")
def test_every_thing_that_a_route_names_has_its_test_here():
    named_things = {one for way in CLOSED for one in re.findall(r"{(\w+):", way.path)}

    assert named_things == HIDDEN | PUBLIC


@pytest.mark.mutant("R19")
async def test_a_service_that_looks_at_no_owner_is_caught(service, monkeypatch):
    drafted = await service.draft()
    monkeypatch.setattr("carmarket.services.catalog.owns", lambda actor, listing: True)

    answer = await service.ask("GET", drafted.headers["location"], "other dealer")

    assert answer.status_code == 200


async def _booking(service: Service) -> Response:
    return await hold(service, await a_bookable_car(service))


async def _webhook(service: Service) -> Response:
    return await service.ask("POST", "/v1/webhooks", "dealer", json={"url": "http://127.0.0.1:9/"})


async def _import(service: Service) -> Response:
    return await service.ask("POST", "/v1/imports", "dealer", **BODIES["/v1/imports"])


OWNERLESS = [
    pytest.param("bookings", _booking, ("booking._answers", lambda *_: True), id="booking"),
    pytest.param("enquiries", ask, ("enquiries._sides", lambda *_: frozenset(Side)), id="enquiry"),
    pytest.param("reviews", review, ("reviews._sides", lambda *_: frozenset(Side)), id="review"),
    pytest.param("webhooks", _webhook, ("webhooks.seller_of", lambda _: seller_of(ACTORS["dealer"])), id="webhook"),
    pytest.param("imports", _import, ("imports.seller_of", lambda _: seller_of(ACTORS["dealer"])), id="import"),
]


@pytest.mark.mutant("R19")
@pytest.mark.parametrize(("things", "make", "broken"), OWNERLESS)
async def test_a_service_that_takes_anybody_for_the_owner_is_caught(service, monkeypatch, things, make, broken):
    path = f"/v1/{things}/{(await make(service)).json()['id']}"
    assert_problem(await service.ask("GET", path, "other dealer"), 404, "not-found")
    monkeypatch.setattr(f"carmarket.services.{broken[0]}", broken[1])

    assert (await service.ask("GET", path, "other dealer")).status_code == 200


@pytest.mark.parametrize("way", [way for way in ALL if way.rule.access == "open" and way.method == "GET"], ids=named)
async def test_an_open_route_asks_nobody_who_they_are(shared, way):
    answer = await shared.ask(way.method, way.to(UUID(int=9)), headers={"Authorization": "Bearer forged"})

    assert answer.status_code in {200, 404}


@pytest.mark.parametrize("who", sorted(ACTORS))
async def test_who_may_not_sell_lists_no_car(shared, who):
    answer = await shared.ask("POST", "/v1/listings", who, json=GOLF)

    if allows(ACTORS[who].roles, Permission.SELL):
        assert answer.status_code == 201
    else:
        assert_problem(answer, 403, "forbidden")


def test_the_document_has_every_route_that_is_shown():
    told = {
        (method.upper(), path)
        for path, operations in document(create_app(Settings(url="memory://")))["paths"].items()
        for method in operations
    }
    shown = {(way.method, _plain(way.path)) for way in ALL if way.path not in UNSHOWN}

    assert told == shown


def _plain(path: str) -> str:
    for kind in (":uuid}", ":str}"):
        path = path.replace(kind, "}")
    return path
