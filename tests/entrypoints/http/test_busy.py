"""
A seller's calendar over REST: what it blocks, what it cannot, and what is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import Response

from carmarket import open_market
from carmarket.adapters.memory import MemoryClock
from carmarket.codec.busy import LARGEST
from carmarket.core.catalog.car import CarId
from carmarket.core.period import Period
from carmarket.testing.builders import NOW
from tests.entrypoints.http.booked import a_bookable_car, days, hold
from tests.entrypoints.http.service import Service, assert_problem, serving_market

CALENDAR = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:workshop
DTSTART;TZID=Europe/Berlin:20260504T090000
DTEND;TZID=Europe/Berlin:20260504T110000
RRULE:FREQ=WEEKLY;COUNT=2
SUMMARY:New brakes for Mrs Secret
END:VEVENT
END:VCALENDAR
"""
MONDAYS = [
    {"start": "2026-05-04T07:00:00Z", "end": "2026-05-04T09:00:00Z"},
    {"start": "2026-05-11T07:00:00Z", "end": "2026-05-11T09:00:00Z"},
]


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture
async def service(clock: MemoryClock) -> AsyncIterator[Service]:
    """A market of the test's own, whose time stands still."""
    async with open_market("memory://", clock=clock) as market, serving_market(market) as opened:
        yield opened


@pytest.fixture
async def car(service: Service) -> str:
    return await a_bookable_car(service, buffer_minutes=0)


async def put(
    service: Service, car: str, data: str | bytes = CALENDAR, who: str = "dealer", kind: str = "text/calendar"
) -> Response:
    content = data.encode() if isinstance(data, str) else data
    headers = {"Content-Type": kind}
    return await service.ask("PUT", f"/v1/cars/{car}/busy.ics", who, content=content, headers=headers)


async def test_a_calendar_blocks_the_car_and_the_same_again_changes_nothing(service, car):
    first = await put(service, car)
    second = await put(service, car, kind="text/calendar; charset=utf-8")

    assert first.status_code == second.status_code == 200
    assert first.json() == {"blocked": MONDAYS, "kept": [], "released": [], "conflicts": []}
    assert second.json() == {"blocked": [], "kept": MONDAYS, "released": [], "conflicts": []}
    taken = await service.ask("GET", f"/v1/cars/{car}/calendar?from=2026-05-04&to=2026-05-11")
    assert taken.json()["busy"] == MONDAYS
    assert "Secret" not in first.text + taken.text


async def test_a_calendar_comes_as_the_file_of_a_form_too(service, car):
    files = {"file": ("busy.ics", CALENDAR.encode(), "text/calendar")}

    answer = await service.ask("PUT", f"/v1/cars/{car}/busy.ics", "dealer", files=files)

    assert answer.json()["blocked"] == MONDAYS


async def test_what_a_customer_has_booked_stays_and_nobody_is_named(service, car):
    held = await hold(service, car, **days(service, 3, 4))

    answer = await put(service, car, CALENDAR.replace("T090000", "T130000").replace("T110000", "T150000"))

    said = answer.json()
    assert said["conflicts"] == [{"start": "2026-05-04T12:00:00Z", "end": "2026-05-04T13:00:00Z"}]
    assert said["blocked"][0] == {"start": "2026-05-04T11:00:00Z", "end": "2026-05-04T12:00:00Z"}
    assert held.json()["customer"] not in answer.text
    assert (await service.ask("GET", held.headers["location"], "customer")).json() == held.json()


async def test_a_customer_cannot_book_while_the_seller_is_busy(service, car):
    await put(service, car)

    answer = await hold(service, car, start="2026-05-04T06:00:00Z", end="2026-05-04T08:00:00Z")

    assert_problem(answer, 409, "period-taken", field="period")


async def test_a_busy_time_is_in_no_list_and_in_no_feed(service, car):
    await put(service, car)

    listed = await service.ask("GET", "/v1/bookings?of_my_cars=true", "dealer")
    url = (await service.ask("GET", "/v1/booking-rules", "dealer")).json()["calendar_url"]
    feed = await service.ask("GET", url)

    assert (listed.status_code, listed.json()["bookings"]) == (200, [])
    assert "BEGIN:VEVENT" not in feed.text


@pytest.mark.parametrize("who", ["customer", "other dealer"])
async def test_a_car_of_somebody_else_is_hidden(service, car, who):
    assert_problem(await put(service, car, who=who), 404, "not-found", field="car")


async def test_a_moderator_blocks_nothing(service, car):
    assert_problem(await put(service, car, who="moderator"), 403, "forbidden")


async def test_a_car_that_is_not_offered_is_not_blocked(service, car):
    listing = await service.ask("GET", f"/v1/listings/{car}", "dealer")
    await service.act(listing, "pause", "dealer")
    await service.market.settle()

    assert_problem(await put(service, car), 409, "not-bookable", field="car")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("hello", "BEGIN:VCALENDAR"),
        ("", "END:VCALENDAR"),
        (CALENDAR.replace("COUNT=2", "INTERVAL=0"), "interval"),
        (CALENDAR.replace("FREQ=WEEKLY;COUNT=2", "FREQ=SECONDLY"), "DAILY"),
        (CALENDAR.replace("Europe/Berlin", "Nowhere"), "Europe/Berlin"),
    ],
    ids=["no calendar", "nothing", "no interval", "every second", "no zone"],
)
async def test_what_is_not_understood_is_refused_and_blocks_nothing(service, car, data, told):
    await put(service, car)

    answer = await put(service, car, data)

    problem = assert_problem(answer, 422, "invalid", field="calendar")
    assert told in problem["expected"]
    assert (await put(service, car)).json()["kept"] == MONDAYS


async def test_the_line_that_is_wrong_is_named(service, car):
    answer = await put(service, car, CALENDAR.replace("COUNT=2", "BYSETPOS=1"))

    assert "line 6, RRULE" in answer.json()["detail"]


async def test_a_file_of_another_kind_or_too_large_is_refused(service, car):
    assert_problem(await put(service, car, kind="text/csv"), 415, "unsupported-media-type", field="Content-Type")
    assert_problem(await put(service, car, b" " * (LARGEST + 1)), 413, "too-large", field="body")


async def test_the_server_answers_while_it_reads_a_hard_calendar(service, car):
    """As hard as is allowed: other questions are answered before it is done."""
    event = (
        "BEGIN:VEVENT\nDTSTART:20260101T090000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=5MO,-5TU;BYMONTHDAY=31\n"
        "END:VEVENT\n"
    )
    hard = "BEGIN:VCALENDAR\n" + event * 650 + "END:VCALENDAR\n"
    done: list[str] = []

    async def ask(name: str, answer: asyncio.Task[Response]) -> Response:
        found = await answer
        done.append(name)
        return found

    slow = asyncio.create_task(put(service, car, hard))
    await asyncio.sleep(0)
    quick = asyncio.create_task(service.ask("GET", f"/v1/cars/{car}/calendar"))
    answers = await asyncio.gather(ask("slow", slow), ask("quick", quick))

    assert [one.status_code for one in answers] == [200, 200]
    assert done == ["quick", "slow"]


async def test_a_busy_time_can_be_called_off_by_hand(service, car, clock):
    await put(service, car)
    rows = await service.market.stock.bookings.blockers(CarId(UUID(car)), Period(NOW, NOW + timedelta(days=30)))
    row = await service.ask("GET", f"/v1/bookings/{rows[0].id}", "dealer")

    cancelled = await service.ask("POST", f"/v1/bookings/{rows[0].id}/cancel", "dealer", etag='"1"', json={})

    assert (row.json()["kind"], row.json()["actions"]) == ("busy", ["cancel"])
    assert (cancelled.json()["status"], cancelled.json()["refund"]) == ("cancelled", None)
    assert (await put(service, car)).json()["blocked"] == MONDAYS[:1]
