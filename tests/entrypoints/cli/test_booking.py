"""
`carmarket booking`: from the quote to the end, on the command line.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from carmarket import open_market
from tests.entrypoints.cli.conftest import Run

RULES = """
time_zone = "Europe/Berlin"
slot_minutes = 45
instant = ["test-drive"]

[hours]
monday = ["09:00-12:00", "13:00-18:00"]
sunday = ["10:00-12:00"]

[rental]
currency = "EUR"
daily_rate = 5000
tax_per_mille = 190
"""
CUSTOMER = str(UUID(int=7))


def days(start: float, end: float) -> list[str]:
    now = datetime.now(UTC).replace(microsecond=0)
    return ["--from", (now + timedelta(days=start)).isoformat(), "--to", (now + timedelta(days=end)).isoformat()]


@pytest.fixture
def car(run: Run, cars: Path, tmp_path: Path) -> str:
    """A car whose dealer takes bookings."""
    (tmp_path / "rules.toml").write_text(RULES)
    run("import", cars, "--seller", "Best Cars")
    assert run("booking", "rules", "set", "rules.toml", "--seller", "Best Cars").code == 0

    async def settle() -> None:
        async with open_market(f"sqlite:///{tmp_path}/market.db") as market:
            await market.settle()

    asyncio.run(settle())
    car: str = run("listing", "list", "--limit", "1", "--json").said[0]["id"]
    return car


def hold(run: Run, car: str, start: float = 2) -> Any:
    """A booking of a day, as JSON."""
    quote = run("booking", "quote", car, "--kind", "rental", *days(start, start + 1), "--json").said["quote"]
    return run("booking", "hold", "--quote", quote, "--customer", CUSTOMER, "--json").said


def test_a_booking_goes_through_its_life(run, car):
    held = hold(run, car)

    requested = run("booking", "request", held["id"], "--json").said
    confirmed = run("booking", "confirm", held["id"])
    early = run("booking", "complete", held["id"])
    missed = run("booking", "miss", held["id"])
    cancelled = run("booking", "cancel", held["id"], "--by", "customer", "--reason", "It rains.", "--json").said

    assert (held["status"], held["customer"], requested["status"]) == ("held", CUSTOMER, "requested")
    assert f"{held['id']} is confirmed, version 3" in confirmed.out
    assert (early.code, missed.code) == (5, 5)
    assert "has not begun" in early.err
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "It rains.")
    assert cancelled["refund"] == {"amount": 5950, "currency": "EUR"}
    assert run("booking", "show", held["id"], "--json").said == cancelled


def test_a_dealer_declines_or_calls_off(run, car):
    first, second = hold(run, car), hold(run, car, 9)
    run("booking", "request", first["id"])

    declined = run("booking", "decline", first["id"], "--reason", "In the workshop.", "--json").said
    cancelled = run("booking", "cancel", second["id"], "--json").said

    assert (declined["status"], declined["reason"]) == ("declined", "In the workshop.")
    assert cancelled["status"] == "cancelled"


def test_bookings_are_listed_by_seller_customer_and_status(run, car):
    ids = [hold(run, car, start)["id"] for start in (2, 5, 9)]
    run("booking", "cancel", ids[0])

    of_seller = run("booking", "list", "--seller", "Best Cars", "--json").said
    of_customer = run("booking", "list", "--customer", CUSTOMER, "--status", "held", "--json").said
    rest = run("booking", "list", "--seller", "Best Cars", "--after", of_seller[1]["id"], "--limit", "1", "--json").said
    table = run("booking", "list", "--seller", "Best Cars")
    unsaid = run("booking", "list")

    assert [one["id"] for one in of_seller] == sorted(ids)
    assert {one["id"] for one in of_customer} == set(ids[1:])
    assert [one["id"] for one in rest] == [of_seller[2]["id"]]
    assert "59.50 EUR" in table.out
    assert unsaid.code == 2


def test_a_quote_is_shown_with_its_lines_and_can_be_held(run, car):
    shown = run("booking", "quote", car, "--kind", "rental", *days(2, 4))

    assert "2 days" in shown.out
    assert "119.00 EUR" in shown.out
    assert run("booking", "hold", "--quote", shown.out.strip().splitlines()[-1]).code == 0


def test_a_calendar_shows_what_is_taken_and_the_slots(run, car):
    slots = run("booking", "calendar", car, "--json").said["slots"]
    slot = ["--from", slots[0]["start"].replace("Z", "+00:00"), "--to", slots[0]["end"].replace("Z", "+00:00")]
    quote = run("booking", "quote", car, "--kind", "test-drive", *slot, "--json").said["quote"]
    held = run("booking", "hold", "--quote", quote, "--json").said

    confirmed = run("booking", "request", held["id"], "--json").said
    after = run("booking", "calendar", car, "--json").said

    assert confirmed["status"] == "confirmed"
    assert slots[0] not in after["slots"]
    assert after["busy"][0]["start"] == slots[0]["start"]
    assert "busy" in run("booking", "calendar", car).out


def test_rules_are_shown_in_the_shape_that_they_are_said_in(run, car, tmp_path):
    shown = run("booking", "rules", "show", "--seller", "Best Cars", "--json").said
    again = run("booking", "rules", "set", "rules.toml", "--seller", "Best Cars", "--json").said
    told = run("booking", "rules", "show", "--seller", "Best Cars")

    assert shown["version"] == 1
    assert shown["rules"]["hours"]["monday"] == ["09:00-12:00", "13:00-18:00"]
    assert (shown["rules"]["slot_minutes"], shown["rules"]["rental"]["daily_rate"]) == (45, 5000)
    assert again == {**shown, "version": 2}
    assert "version 2" in told.out
    assert run("booking", "rules", "show", "--seller", "Other Cars").code == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("time_zone = ", "TOML in UTF-8"),
        ("time_zone = 'Europe/Berlin'\nslots = 3", "no field 'slots'"),
        ("time_zone = 'Europe/Berlin'\nslot_minutes = 1", "slot_minutes"),
        ("slot_minutes = 30", "time_zone"),
        ("time_zone = 'Europe/Berlin'\nhours.monday = ['9-5']", "docs/booking.md"),
    ],
)
def test_rules_that_cannot_be_read_are_refused(run, tmp_path, text, told):
    (tmp_path / "wrong.toml").write_text(text)

    done = run("booking", "rules", "set", "wrong.toml", "--seller", "Best Cars")

    assert done.code == 2
    assert told in done.err


def test_a_calendar_blocks_a_car_while_its_seller_is_busy(run, car, tmp_path):
    day = f"{datetime.now(UTC) + timedelta(days=2):%Y%m%d}"
    (tmp_path / "busy.ics").write_text(
        f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:{day}T090000Z\nDURATION:PT2H\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    (tmp_path / "none.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    (tmp_path / "wrong.ics").write_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:soon\nEND:VEVENT\nEND:VCALENDAR\n")

    first = run("booking", "busy", car, "busy.ics", "--json").said
    shown = run("booking", "busy", car, "busy.ics")
    listed = run("booking", "list", "--seller", "Best Cars", "--json").said
    wrong = run("booking", "busy", car, "wrong.ics")
    released = run("booking", "busy", car, "none.ics", "--json").said

    assert [one["start"][11:16] for one in first["blocked"]] == ["09:00"]
    assert "kept" in shown.out
    assert listed == []
    assert wrong.code == 2
    assert "line 3, DTSTART" in wrong.err.replace("\n", " ")
    assert released == {"blocked": [], "kept": [], "released": first["blocked"], "conflicts": []}


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["show", str(UUID(int=1))], 3, "There is no such booking."),
        (["hold", "--quote", "-forged"], 2, "not given out here"),
        (["calendar", str(UUID(int=1))], 3, "There is no such car."),
        (["quote", str(UUID(int=1)), "--kind", "rental", "--from", "2026-05-04T09:00", "--to", "soon"], 2, "soon"),
        (["quote", str(UUID(int=1)), "--kind", "busy", *days(1, 2)], 2, "busy"),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else None,
)
def test_an_error_ends_with_a_sentence_and_its_code(run, arguments, code, told):
    done = run("booking", *arguments)

    assert done.code == code
    assert told in done.err.replace("\n", " ")
