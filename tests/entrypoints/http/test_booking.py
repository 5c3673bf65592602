"""
Booking a car over REST, from the quote to its end, by which rules, and when cars are taken.

It is long, for it has a test or two a route.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from carmarket import open_market
from carmarket.adapters.memory import MemoryClock
from carmarket.codec.calendars import CalendarLinks
from carmarket.codec.quotes import QuoteCodec
from carmarket.codec.signing import Signer
from carmarket.core.booking.rules import DealerRules
from carmarket.core.catalog.car import SellerId
from carmarket.testing.bookings import a_quote, from_to
from carmarket.testing.builders import DEALER, NOW
from tests.entrypoints.http.booked import RULES, a_bookable_car, act, days, hold, quote, set_rules
from tests.entrypoints.http.service import CUSTOMER, Service, assert_problem, serving_market


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture
async def service(clock: MemoryClock) -> AsyncIterator[Service]:
    """A market of the test's own, whose time the test moves."""
    async with open_market("memory://", clock=clock) as market, serving_market(market) as opened:
        yield opened


@pytest.fixture
async def car(service: Service) -> str:
    return await a_bookable_car(service, buffer_minutes=0)


async def test_a_quote_says_every_part_of_the_price(service, car):
    answer = await quote(service, car, **days(service, 2, 4))

    said = answer.json()
    assert answer.status_code == 200
    assert said["price"] == {
        "lines": [
            {"name": "2 days", "amount": 10_000},
            {"name": "fee", "amount": 2_000},
            {"name": "tax", "amount": 2_280},
        ],
        "total": {"amount": 14_280, "currency": "EUR"},
        "deposit": {"amount": 30_000, "currency": "EUR"},
        "policy": "flexible",
    }
    assert said["expires_at"] == "2026-05-01T12:30:00Z"
    assert (said["kind"], said["car_id"]) == ("rental", car)


async def test_a_rental_from_the_quote_to_its_end(service, car, clock):
    held = await hold(service, car)
    requested = await act(service, held, "request")
    confirmed = await act(service, requested, "confirm", "dealer")
    early = await act(service, confirmed, "complete", "dealer")
    clock.advance(timedelta(days=3))
    completed = await act(service, confirmed, "complete", "dealer")

    assert held.status_code == 201
    assert held.headers["location"] == f"/v1/bookings/{held.json()['id']}"
    assert held.json()["lapses_at"] == "2026-05-01T12:10:00Z"
    assert_problem(early, 409, "conflict", field="period")
    steps = (held, requested, confirmed, completed)
    assert [one.json()["status"] for one in steps] == ["held", "requested", "confirmed", "completed"]
    assert [one.headers["etag"] for one in steps] == ['"1"', '"2"', '"3"', '"4"']
    assert [one.json()["actions"] for one in steps] == [
        ["cancel", "request"], ["cancel"], ["cancel", "complete", "miss"], [],
    ]  # fmt: skip
    assert (await service.ask("GET", held.headers["location"], "dealer")).json()["status"] == "completed"


async def test_a_booking_one_has_is_not_sent_again(service, car):
    held = await hold(service, car)

    again = await service.ask(
        "GET", held.headers["location"], "customer", headers={"If-None-Match": held.headers["etag"]}
    )

    assert (again.status_code, again.content) == (304, b"")


async def test_a_customer_who_did_not_come_is_noted(service, car, clock):
    confirmed = await act(service, await act(service, await hold(service, car), "request"), "confirm", "dealer")
    clock.advance(timedelta(days=2))

    missed = await act(service, confirmed, "miss", "dealer")

    assert missed.json()["status"] == "no-show"


async def test_a_dealer_declines_and_says_why(service, car):
    requested = await act(service, await hold(service, car), "request")

    silent = await act(service, requested, "decline", "dealer", json={"reason": ""})
    declined = await act(service, requested, "decline", "dealer", json={"reason": "It is in the workshop."})

    assert_problem(silent, 422, "invalid", field="reason")
    assert (declined.json()["status"], declined.json()["reason"]) == ("declined", "It is in the workshop.")


@pytest.mark.parametrize(("who", "per_mille"), [("customer", 500), ("dealer", 1_000)])
async def test_who_cancels_is_told_what_comes_back(service, car, clock, who, per_mille):
    confirmed = await act(service, await act(service, await hold(service, car), "request"), "confirm", "dealer")
    clock.advance(timedelta(days=1, hours=12))

    cancelled = await act(service, confirmed, "cancel", who, json={"reason": "It rains."})

    total = confirmed.json()["price"]["total"]["amount"]
    assert cancelled.json()["refund"] == {"amount": total * per_mille // 1_000, "currency": "EUR"}
    assert cancelled.json()["reason"] == "It rains."


async def test_a_kind_may_be_confirmed_at_once(service, car):
    await set_rules(service, instant=["rental"])

    requested = await act(service, await hold(service, car), "request")

    assert (requested.json()["status"], requested.headers["etag"]) == ("confirmed", '"3"')


async def test_a_time_is_given_once(service, car):
    await hold(service, car)

    second = await hold(service, car, "other customer")
    after = await hold(service, car, "other customer", **days(service, 3, 4))

    assert_problem(second, 409, "period-taken", field="period")
    assert after.status_code == 201


async def test_a_hold_that_lapsed_makes_way(service, car, clock):
    lapsed = await hold(service, car)
    clock.advance(timedelta(minutes=10))

    late = await act(service, lapsed, "request")
    second = await hold(service, car, "other customer", **days(service, 2, 2.5))

    assert_problem(late, 409, "conflict", field="lapses_at")
    assert second.status_code == 201


@pytest.mark.parametrize(
    ("car_id", "status", "code"), [(UUID(int=9), 404, "not-found"), ("draft", 409, "not-bookable")], ids=str
)
@pytest.mark.parametrize("way", ["quotes", "calendar"])
async def test_a_car_that_nobody_offers_is_not_booked(service, car_id, status, code, way):
    await set_rules(service)
    if car_id == "draft":
        car_id = (await service.draft()).json()["id"]
        await service.market.settle()

    path = f"/v1/cars/{car_id}/{way}"
    said = {"json": {"kind": "rental", **days(service, 1, 2)}} if way == "quotes" else {}
    answer = await service.ask("POST" if said else "GET", path, "customer", **said)

    assert_problem(answer, status, code, field="car", value=str(car_id))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "busy"}, "kind"),
        ({"kind": "theft"}, "kind"),
        ({"start": "2026-05-03T12:00:00"}, "instant"),
        ({"start": "2026-05-09T12:00:00Z"}, "end"),
        ({"start": "2026-04-01T12:00:00Z"}, "period"),
        ({"end": "2028-04-01T12:00:00Z"}, "period"),
        ({"kind": "test-drive"}, "period"),
        ({"price": 1}, "price"),
    ],
    ids=str,
)
async def test_a_wish_that_does_not_fit_is_told_by_its_field(service, car, said, field):
    wish = {"kind": "rental", "start": "2026-05-03T12:00:00Z", "end": "2026-05-04T12:00:00Z", **said}

    answer = await service.ask("POST", f"/v1/cars/{car}/quotes", "customer", json=wish)

    assert_problem(answer, 422, "invalid", field=field)


async def test_every_letter_of_a_quote_counts(service, car):
    given = (await quote(service, car)).json()["quote"]
    other = QuoteCodec(b"another market")
    encoded = Signer(service.market.stock.secrets.secret("quotes")).read(given) or b""
    forged = [
        *(given[:at] + ("A" if given[at] != "A" else "B") + given[at + 1 :] for at in range(0, len(given) - 1, 7)),
        given[:-4], given + "AAAA", "x", "ü", other.encode(a_quote(from_to(48, 72))),
        Signer(service.market.stock.secrets.secret("quotes")).sign(b"\x80"),
        Signer(service.market.stock.secrets.secret("cursors")).sign(encoded),
    ]  # fmt: skip

    answers = [await service.ask("POST", "/v1/bookings", "customer", json={"quote": one}) for one in forged]

    assert len(answers) > 30
    for answer in answers:
        assert_problem(answer, 422, "quote-forged", field="quote")
    assert (await service.ask("GET", "/v1/bookings", "customer")).json()["bookings"] == []


async def test_a_quote_that_ran_out_holds_nothing(service, car, clock):
    given = (await quote(service, car)).json()["quote"]
    clock.advance(timedelta(minutes=30))

    answer = await service.ask("POST", "/v1/bookings", "customer", json={"quote": given})

    assert_problem(answer, 422, "invalid", field="quote", expected="a new quote")


async def test_who_may_not_book_is_told_so(service, car):
    answer = await hold(service, car, "dealer")

    assert_problem(answer, 403, "forbidden", field="roles")


async def test_a_change_names_the_version_it_was_decided_on(service, car):
    held = await hold(service, car)
    path = held.headers["location"]

    answers = [
        await service.ask("POST", f"{path}/request", "customer"),
        await service.ask("POST", f"{path}/request", "customer", etag='"2"'),
        await service.ask("POST", f"{path}/request", "customer", etag="*"),
        await service.ask("POST", f"{path}/cancel", "customer", etag=held.headers["etag"], json={}),
    ]

    assert_problem(answers[0], 428, "if-match-required", field="If-Match")
    assert_problem(answers[1], 412, "stale", field="version")
    assert answers[2].status_code == 200
    assert_problem(answers[3], 412, "stale", field="version")


async def test_of_two_who_decide_at_once_one_is_told(service, car):
    requested = await act(service, await hold(service, car), "request")

    answers = await asyncio.gather(
        act(service, requested, "confirm", "dealer"), act(service, requested, "cancel", json={})
    )

    assert sorted(one.status_code for one in answers) == [200, 412]


async def test_bookings_are_listed_page_by_page(service, car):
    held = [(await hold(service, car, **days(service, n, n + 0.5))).json()["id"] for n in range(1, 6)]
    other = await hold(service, car, "other customer", **days(service, 9, 10))
    cancelled = await act(service, await hold(service, car, **days(service, 20, 21)), "cancel", json={})

    async def walk(who: str, query: str) -> list[str]:
        ids: list[str] = []
        cursor = ""
        while True:
            page = (await service.ask("GET", f"/v1/bookings?limit=2&{query}{cursor}", who)).json()
            ids += [one["id"] for one in page["bookings"]]
            if page["next"] is None:
                return ids
            cursor = f"&cursor={page['next']}"

    assert await walk("customer", "status=held") == held
    assert await walk("customer", "status=cancelled&status=requested") == [cancelled.json()["id"]]
    assert await walk("dealer", "of_my_cars=true") == sorted([*held, other.json()["id"], cancelled.json()["id"]])
    assert await walk("other customer", "") == [other.json()["id"]]
    assert await walk("dealer", "") == []
    assert await walk("other dealer", "of_my_cars=true") == []


@pytest.mark.parametrize(
    ("query", "who", "status", "code"),
    [
        ("status=lost", "customer", 422, "invalid"),
        ("of_my_cars=perhaps", "customer", 422, "invalid"),
        ("limit=101", "customer", 422, "invalid"),
        ("car=1", "customer", 422, "invalid"),
        ("cursor=x", "customer", 400, "cursor-forged"),
        ("of_my_cars=true", "moderator", 403, "forbidden"),
    ],
)
async def test_a_list_that_cannot_be_given_is_refused(service, query, who, status, code):
    assert_problem(await service.ask("GET", f"/v1/bookings?{query}", who), status, code)


async def test_a_cursor_is_for_who_got_it(service, car):
    for n in range(1, 3):
        await hold(service, car, **days(service, n, n + 0.5))
    following = (await service.ask("GET", "/v1/bookings?limit=1", "customer")).json()["next"]

    answer = await service.ask("GET", f"/v1/bookings?limit=1&cursor={following}", "other customer")

    assert_problem(answer, 400, "cursor-forged")


async def test_a_calendar_shows_what_is_taken_and_never_by_whom(service, car, clock):
    first = await hold(service, car, start="2026-05-04T07:00:00Z", end="2026-05-04T08:00:00Z")
    await hold(service, car, "other customer", start="2026-05-04T08:00:00Z", end="2026-05-04T09:30:00Z")
    await act(service, first, "request")
    path = f"/v1/cars/{car}/calendar?from=2026-05-04&to=2026-05-05"

    shown = (await service.ask("GET", path)).json()
    clock.advance(timedelta(minutes=10))
    later = (await service.ask("GET", path)).json()

    assert shown["busy"] == [{"start": "2026-05-04T07:00:00Z", "end": "2026-05-04T09:30:00Z"}]
    assert later["busy"] == [{"start": "2026-05-04T07:00:00Z", "end": "2026-05-04T08:00:00Z"}]
    assert shown["slots"][0]["start"] == "2026-05-04T09:30:00Z"
    assert later["slots"][0]["start"] == "2026-05-04T08:00:00Z"
    assert len(shown["slots"]) == 16 - 5 + 16
    assert shown.keys() == {"busy", "slots"}


async def test_a_slot_of_the_calendar_can_be_booked(service, car):
    slot = (await service.ask("GET", f"/v1/cars/{car}/calendar")).json()["slots"][0]

    held = await hold(service, car, kind="test-drive", **slot)

    assert held.status_code == 201
    assert held.json()["price"]["total"]["amount"] == 0
    assert slot not in (await service.ask("GET", f"/v1/cars/{car}/calendar")).json()["slots"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-05-04&to=2026-07-05", "to"),
        ("from=2026-05-04&to=2026-05-03", "to"),
        ("from=9999-12-25", "to"),
        ("from=0001-01-01&to=0001-01-02", "to"),
        ("from=tomorrow", "from"),
        ("to=2026-13-01", "to"),
        ("days=3", "days"),
    ],
)
async def test_a_calendar_shows_two_months_at_most(service, car, query, field):
    most = await service.ask("GET", f"/v1/cars/{car}/calendar?from=2026-05-04&to=2026-07-04")

    answer = await service.ask("GET", f"/v1/cars/{car}/calendar?{query}")

    assert most.status_code == 200
    assert_problem(answer, 422, "invalid", field=field)


async def test_rules_are_said_anew_at_their_version(service):
    none = await service.ask("GET", "/v1/booking-rules", "dealer")
    first = await service.ask("PUT", "/v1/booking-rules", "dealer", etag=none.headers["etag"], json=RULES)
    stale = await service.ask("PUT", "/v1/booking-rules", "dealer", etag=none.headers["etag"], json=RULES)
    ahead = await service.ask("PUT", "/v1/booking-rules", "dealer", etag='"7"', json=RULES)
    unsaid = await service.ask("PUT", "/v1/booking-rules", "dealer", json=RULES)
    shown = await service.ask("GET", "/v1/booking-rules", "dealer")
    known = await service.ask("GET", "/v1/booking-rules", "dealer", headers={"If-None-Match": '"1"'})

    assert (none.json()["version"], none.json()["rules"]) == (0, None)
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    assert_problem(stale, 412, "stale")
    assert_problem(ahead, 412, "stale")
    assert_problem(unsaid, 428, "if-match-required")
    assert shown.json() == first.json()
    assert shown.json()["rules"]["hours"]["sunday"] == ["09:00-12:00", "13:00-18:00"]
    assert known.status_code == 304


async def test_of_two_who_say_rules_at_once_one_is_told(service, monkeypatch):
    """The store passes over what comes second at a version, and so nobody is told that it counts."""
    rules = service.market.stock.booking_rules
    kept = type(rules).tell_rules

    async def slowly(self: Any, said: DealerRules) -> None:
        await asyncio.sleep(0)
        await kept(self, said)

    monkeypatch.setattr(type(rules), "tell_rules", slowly)
    answers = await asyncio.gather(
        *(
            service.ask("PUT", "/v1/booking-rules", "dealer", etag='"0"', json={**RULES, "slot_minutes": minutes})
            for minutes in (20, 40)
        )
    )

    assert sorted(one.status_code for one in answers) == [200, 412]
    won = next(one.json() for one in answers if one.status_code == 200)
    assert (await service.ask("GET", "/v1/booking-rules", "dealer")).json() == won


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"hours": {"monday": ["9-18"]}}, "hours.monday[0]"),
        ({"hours": {"monday": ["18:00-09:00"]}}, "hours"),
        ({"hours": {"monday": ["09:00-12:00", "11:00-13:00"]}}, "hours"),
        ({"hours": {"someday": ["09:00-12:00"]}}, "hours.someday"),
        ({"slot_minutes": 1}, "slot_minutes"),
        ({"buffer_minutes": 10**12}, "buffer_minutes"),
        ({"instant": ["busy"]}, "instant[0]"),
        ({"rental": {"currency": "EUR", "daily_rate": -1}}, "amount"),
        ({"seller": str(UUID(int=1))}, "seller"),
    ],
    ids=str,
)
async def test_rules_that_do_not_hold_are_refused_by_their_field(service, said, field):
    assert_problem(await set_rules(service, **said), 422, "invalid", field=field)


async def test_a_moderator_has_no_rules(service):
    assert_problem(await service.ask("GET", "/v1/booking-rules", "moderator"), 403, "forbidden")
    assert_problem(await set_rules(service, "moderator"), 403, "forbidden")


async def test_a_calendar_program_reads_a_dealers_bookings_and_nothing_of_who_it_is(service, car):
    held = await hold(service, car)
    other = await hold(service, car, "other customer", **days(service, 9, 10))
    confirmed = await act(service, await act(service, other, "request", "other customer"), "confirm", "dealer")
    await act(service, await hold(service, car, **days(service, 12, 13)), "cancel", json={"reason": "It rains."})
    url = (await service.ask("GET", "/v1/booking-rules", "dealer")).json()["calendar_url"]

    answer = await service.ask("GET", url)

    events = {str(one["uid"]): one for one in Calendar.from_ical(answer.content).walk("VEVENT")}
    first, second = (f"{one.json()['id']}@carmarket" for one in (held, confirmed))
    assert events.keys() == {first, second}
    assert (events[first]["status"], events[second]["status"]) == ("TENTATIVE", "CONFIRMED")
    assert str(events[second]["summary"]) == f"Rental (confirmed), car {car}"
    assert events[first].decoded("dtstart") == NOW + timedelta(days=2)
    assert events[first].decoded("dtend") == NOW + timedelta(days=3)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert str(CUSTOMER.user_id) not in answer.text


async def test_a_link_that_went_astray_opens_nothing_once_it_is_renewed(service, car):
    assert_problem(
        await service.ask("POST", "/v1/booking-rules/renew-calendar", "other dealer"), 409, "conflict", field="rules"
    )
    url = (await service.ask("GET", "/v1/booking-rules", "dealer")).json()["calendar_url"]
    renewed = await service.ask("POST", "/v1/booking-rules/renew-calendar", "dealer")
    fresh = renewed.json()["calendar_url"]
    kept = await service.ask("PUT", "/v1/booking-rules", "dealer", etag=renewed.headers["etag"], json=RULES)

    assert (renewed.status_code, kept.json()["calendar_url"]) == (200, fresh)
    assert_problem(await service.ask("GET", url), 404, "not-found", field="token")
    assert (await service.ask("GET", fresh)).status_code == 200


async def test_a_calendar_is_for_who_has_its_link(service, car):
    url = (await service.ask("GET", "/v1/booking-rules", "dealer")).json()["calendar_url"]
    path, token = url.split("?token=")
    foreign = CalendarLinks(b"another market").path(SellerId(DEALER), 0)

    answers = [
        await service.ask("GET", one)
        for one in (path, f"{path}?token=", f"{path}?token={token[:-2]}BB", foreign,
                    f"/v1/dealers/{UUID(int=DEALER.int + 1)}/calendar.ics?token={token}")
    ]  # fmt: skip

    for answer in answers:
        assert_problem(answer, 404, "not-found", field="token")
