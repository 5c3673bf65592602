"""
The people of the demo: their log-ins, their dealers, and what they have had to do with each other.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from carmarket.adapters.memory.clock import MemoryIds
from carmarket.bootstrap import open_market
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.side import Side
from carmarket.core.users.ids import DealerId
from carmarket.core.users.roles import Role
from carmarket.entrypoints.cli.demo.past import NamedIds, PastClock
from carmarket.entrypoints.cli.demo.people import ADMIN, CUSTOMERS, MODERATOR, OWNERS, PASSWORD, owner_of
from carmarket.entrypoints.cli.demo.seeding import PAST, Seeding
from carmarket.entrypoints.cli.demo.stock import rows_by_dealer
from carmarket.entrypoints.cli.demo.stories import COMMON, TURNS
from carmarket.entrypoints.cli.demo.words import SEARCHES
from carmarket.entrypoints.cli.running import seller_named
from carmarket.ports.catalog import ListingFilter
from carmarket.services.market import Market
from tests.entrypoints.cli.seen import LOG_IN, bookings, on, told
from tests.entrypoints.http.server import COMMAND

ROOT = Path(__file__).parents[3]
CARS = 300
PUBLISHED = frozenset({ListingStatus.PUBLISHED})


@frozen
class Seeded:
    """A market with the beginning of the demo, and what was printed."""

    folder: Path
    out: str


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [*COMMAND, "demo", "--cars", str(CARS), "--no-pictures"],
        cwd=folder, env=os.environ | {"CARMARKET_URL": f"sqlite:///{folder}/market.db"}, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    return Seeded(folder, done.stdout)


def test_every_printed_log_in_works(seeded):
    printed = dict(LOG_IN.findall(seeded.out))

    async def log_in_all(market: Market) -> dict[str, str]:
        people = [(await market.users.sessions.log_in(email=email, password=PASSWORD)).user for email in printed]
        return {one.email: max(one.all_roles - {Role.CUSTOMER}, default=Role.CUSTOMER).value for one in people}

    assert PASSWORD in seeded.out
    assert {ADMIN.email, MODERATOR.email, *(one.email for one in CUSTOMERS)} < printed.keys()
    assert on(seeded.folder, log_in_all) == printed


def test_the_log_ins_that_the_readme_names_show_what_it_says(seeded):
    named = re.findall(r"^\| `(\S+@\S+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)

    async def look(market: Market) -> dict[str, Any]:
        customer, dealer, moderator, admin = [
            await market.users.sessions.actor_of(
                (await market.users.sessions.log_in(email=one, password=PASSWORD)).user
            )
            for one in named
        ]
        requested = frozenset({BookingStatus.REQUESTED})
        leads = await market.enquiries.find(dealer, of_my_cars=True)
        return {
            "bookings": bool(await market.booking.find(customer)),
            "reviews": bool(await market.reviews.find(customer)),
            "searches": bool(await market.saved_searches.find(customer)),
            "requests": bool(await market.booking.find(dealer, of_my_cars=True, statuses=requested)),
            "questions": any(one.messages[-1].author is Side.CUSTOMER for one in leads),
            "reported": any(one.reports for one in await market.reviews.queue(moderator, limit=100)),
            "everything": len(await market.users.people.find(admin, limit=100)) > len(OWNERS),
        }

    assert [name for name, is_there in on(seeded.folder, look).items() if not is_there] == []


def test_dealers_are_verified_and_own_the_cars_that_they_always_had(seeded):
    async def look(market: Market) -> list[tuple[bool, str | None, int]]:
        seen = []
        for name in rows_by_dealer():
            dealer = await market.stock.dealers.get(DealerId(seller_named(name)))
            owner = await market.stock.users.get(owner_of(name).id)
            assert dealer is not None
            assert owner is not None
            actor = await market.users.sessions.actor_of(owner)
            rules = await market.booking.my_rules(actor)
            cars = await market.catalog.find(actor, limit=1_000)
            zone = rules.hours.time_zone if rules else None
            seen.append((dealer.is_verified and len(dealer.places) == 2, zone, len(cars)))
        return seen

    stock = rows_by_dealer(CARS)
    zones = {name: rows[0]["Time zone"] for name, rows in rows_by_dealer().items()}
    assert on(seeded.folder, look) == [(True, zone, len(stock[name])) for name, zone in zones.items()]


def test_bookings_have_come_to_many_ends_and_reviews_are_before_the_public(seeded):
    booked = on(seeded.folder, bookings)
    _, public, waiting, enquiries = on(seeded.folder, told)
    cars = on(seeded.folder, lambda market: market.stock.listings.count(ListingFilter(statuses=PUBLISHED)))

    ends = Counter(one.status for one in booked)
    assert set(ends) == set(BookingStatus) - {BookingStatus.HELD}
    assert ends.total() > 60
    assert len(public) > 20
    assert any(reply for *_, reply in public)
    assert len(waiting) > 3
    assert len(enquiries) == len(OWNERS)
    assert cars == CARS
    assert all(one.period.end < one.updated_at for one in booked if one.status is BookingStatus.COMPLETED)
    assert max(one.updated_at for one in booked) <= datetime.now(UTC)


def test_seekers_have_saved_what_they_look_for_and_are_not_told_of_cars_that_were_there(seeded):
    async def look(market: Market) -> tuple[int, int]:
        await market.settle()
        searches = [one for person in CUSTOMERS for one in await market.stock.saved_searches.of_owner(person.id)]
        alerts = [one for person in CUSTOMERS for one in await market.stock.alerts.find(person.id)]
        return len(searches), len(alerts)

    assert on(seeded.folder, look) == (len(SEARCHES), 0)


def test_nobody_is_written_to_about_the_history(seeded):
    on(seeded.folder, lambda market: market.settle())

    assert not list(seeded.folder.rglob("*.eml"))


def test_every_dealer_of_the_stock_has_an_owner():
    assert set(rows_by_dealer()) == set(OWNERS)


@pytest.mark.parametrize("day", range(7), ids=["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
async def test_every_story_comes_to_its_end_on_whatever_day_it_is_told(day):
    today = datetime(2026, 10, 26, 3 * day, tzinfo=UTC) + timedelta(days=day)
    clock, ids = PastClock(today - PAST), NamedIds(MemoryIds())
    stories = [(*COMMON, TURNS[2 * number % 8], TURNS[(2 * number + 1) % 8]) for number in range(len(OWNERS))]

    async with open_market("memory://", clock=clock, ids=ids) as market:
        seeding = Seeding(market=market, clock=clock, ids=ids, by_dealer=rows_by_dealer(CARS))
        await seeding.run(today, with_pictures=False)
        booked = await bookings(market)

    assert Counter(one.status for one in booked) == Counter(story.ends for those in stories for story in those)
    assert clock.now() == today
