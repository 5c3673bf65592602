"""
R6 over the genuine stores: whichever process is killed, nothing acknowledged is lost and nothing is done twice.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from attrs import define, field, frozen

from carmarket import Money, Settings, open_market
from carmarket.bootstrap import prepare_stores
from carmarket.core.actor import Actor, UserId
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.saved import HowOften
from carmarket.ports.booking import BookingFilter
from carmarket.services.market import Market
from carmarket.testing.bookings import some_rules
from carmarket.testing.builders import DEALER, a_dealer, an_admin, some_details
from tests.distributed import settings_of
from tests.entrypoints.http.service import GOLF
from tests.promises.test_rebuilding import found, kept
from tests.running import Running, carmarket, told, until
from tests.servers.processes import free_ports

ROOT = Path(__file__).parents[2]
FULL = os.environ.get("CARMARKET_FULL") == "1"
KILLS = 60 if FULL else 6
SETTLING = 90.0
"""Seconds until what was written is everywhere; a reader that was killed has its keys for ten more."""
SELLER, SEEKER = a_dealer(), Actor(user_id=UserId(UUID(int=0x5EE)))


@frozen
class Place:
    """A market over the genuine stores, prepared, with one car that can be booked."""

    settings: Settings
    folder: Path
    booked: str
    tokens: dict[str, str]


@pytest.fixture
def place(open_postgres: Any, server_of: Callable[[str], str], tmp_path: Path) -> Place:
    open_postgres()
    settings = settings_of(server_of, open_postgres.urls[-1], tmp_path)
    asyncio.run(prepare_stores(settings))
    booked, tokens = asyncio.run(_seed(settings))
    return Place(settings, tmp_path, booked, tokens)


async def _seed(settings: Settings) -> tuple[str, dict[str, str]]:
    async with open_market(settings) as market:  # with its index, so that a later start does not build it anew
        await market.users.people.add(an_admin(), email="a@example.com", name="Anna", password="correct horse battery")
        await market.booking.set_rules(SELLER, some_rules(seller=SellerId(DEALER)))
        await market.saved_searches.save(
            SEEKER, name="Golfs", query=SearchQuery(makes=["volkswagen"]), how_often=HowOften.DAILY
        )
        drafted = await market.catalog.draft(SELLER, details=some_details(), price=Money(1_000_000, "USD"))
        car = await market.catalog.publish(SELLER, drafted.id)
        await market.settle()
        said: dict[str, Any] = {"now": datetime.now(UTC), "lifetime": timedelta(hours=1)}
        tokens = {"seller": market.stock.tokens.sign(SELLER, **said)}
        bookers = [Actor(user_id=UserId(market.stock.ids.new())) for _ in range(50)]
        tokens |= {f"booker {n}": market.stock.tokens.sign(one, **said) for n, one in enumerate(bookers)}
    return str(car.id), tokens


@define
class Writers:
    """People who list and book, and ask again under the same key until they have an answer."""

    url: str
    place: Place
    listed: dict[str, int] = field(factory=dict)
    """The versions of cars before the public that somebody was told of."""
    booked: set[str] = field(factory=set)
    wrong: list[str] = field(factory=list)
    is_over: Event = field(factory=Event)

    def list_cars(self) -> None:
        with httpx.Client(base_url=self.url, timeout=5, headers=self._as("seller")) as client:
            while not self.is_over.is_set():
                drafted = self._insist(client, "/v1/listings", json=GOLF, headers={"Idempotency-Key": str(uuid4())})
                if drafted is None:
                    return
                car = drafted.json()["id"]
                self._insist(client, f"/v1/listings/{car}/publish", headers={"If-Match": "*"}, again={409})
                shown = self._insist(client, f"/v1/listings/{car}", method="GET")
                if shown is None:
                    return
                if shown.json()["status"] != "published":
                    self.wrong.append(f"{car} is {shown.json()['status']}")
                self.listed[car] = shown.json()["version"]

    def book(self) -> None:
        with httpx.Client(base_url=self.url, timeout=5) as client:
            calendar = self._insist(client, f"/v1/cars/{self.place.booked}/calendar", method="GET")
            if calendar is None:
                return
            for number, slot in enumerate(calendar.json()["slots"]):
                if self.is_over.is_set():
                    return
                headers = self._as(f"booker {number % 50}")
                wanted = {"kind": "test-drive", "start": slot["start"], "end": slot["end"]}
                quote = self._insist(client, f"/v1/cars/{self.place.booked}/quotes", json=wanted, headers=headers)
                if quote is None:
                    return
                keyed = {**headers, "Idempotency-Key": str(uuid4())}
                held = self._insist(client, "/v1/bookings", json={"quote": quote.json()["quote"]}, headers=keyed)
                if held is None:
                    return
                self.booked.add(held.json()["id"])
                self.is_over.wait(0.05)

    def _insist(
        self, client: httpx.Client, path: str, *, method: str = "POST", again: Collection[int] = (), **said: Any
    ) -> httpx.Response | None:
        """The answer, however often it takes; `None` when nobody waits for it any more."""
        while True:
            with suppress(httpx.TransportError):
                answer = client.request(method, path, **said)
                if answer.is_success or answer.status_code in again:
                    return answer
                if answer.status_code != 503:
                    self.wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
                    return None
            if self.is_over.wait(0.05):
                return None

    def _as(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.place.tokens[who]}"}


def kill_now_and_then(victims: dict[str, Running], seed: int) -> Counter[str]:
    """One of them at a time, at any moment of its life; how often each."""
    rng, killed = Random(seed), Counter[str]()
    for _ in range(KILLS):
        time.sleep(rng.uniform(0.2, 3))
        name = rng.choice(sorted(victims))
        victims[name].kill()
        victims[name].start_again()
        killed[name] += 1
    return killed


async def settled(market: Market) -> None:
    """All that was told has reached the readers that this test looks at."""
    until_then = time.monotonic() + SETTLING
    names = ("index", "alerts", "fallback", "bookable-cars")
    while True:
        waiting = [(await outbox.waiting()).count for outbox in market.stock.outboxes.values()]
        lags = [await market.replaying.lag(an_admin(), name) for name in names]
        if not any([*waiting, *lags]):
            return
        assert time.monotonic() < until_then, (waiting, dict(zip(names, lags, strict=True)))
        await asyncio.sleep(0.5)


async def wrongs(settings: Settings, writers: Writers, car: str) -> list[str]:
    """What was lost, is missing where people look, or was done twice."""
    async with open_market(settings, with_index=False) as market:
        await settled(market)
        catalog, index = dict(await kept(market.stock.listings)), dict(await found(market.stock.index))
        wrong = [f"{one} was lost" for one, version in writers.listed.items() if catalog.get(UUID(one)) != version]
        wrong += [f"the index lacks {one}" for one in catalog.items() - index.items()]
        wrong += [f"the index invents {one}" for one in index.items() - catalog.items()]
        alerts = Counter([alert.car_id async for alert in _alerts(market)])
        wrong += [f"{one} has {alerts[CarId(one)]} alerts" for one in catalog if alerts[CarId(one)] != 1]
        bookings = await market.stock.bookings.find(BookingFilter(car_id=CarId(UUID(car))), limit=1_000)
        ids = {str(one.id) for one in bookings}
        wrong += [f"the booking {one} was lost" for one in writers.booked - ids]
        # One that nobody was told of was under way when the writers stopped.
        wrong += ["a booking was made twice"] * (len(ids - writers.booked) > 1)
    return wrong


async def _alerts(market: Market) -> Any:
    after = None
    while batch := await market.saved_searches.alerts(SEEKER, after=after, limit=100):
        for one in batch:
            yield one
        after = batch[-1].position


@pytest.mark.slow
@pytest.mark.promise("R6")
def test_whoever_is_killed_nothing_is_lost_and_nothing_done_twice(place: Place, record_property: Any) -> None:
    (port,) = free_ports(1)
    writers = Writers(f"http://127.0.0.1:{port}", place)
    with (
        carmarket(place.settings, place.folder, "serve", "--no-workers", "--port", str(port)) as serving,
        carmarket(place.settings, place.folder, "work") as working,
    ):
        until(lambda: serving.said("The shop is open"))
        threads = [Thread(target=one) for one in (writers.list_cars, writers.list_cars, writers.book)]
        for thread in threads:
            thread.start()
        killed = kill_now_and_then({"web": serving, "worker": working}, seed=6)
        writers.is_over.set()
        for thread in threads:
            thread.join()
        wrong = asyncio.run(wrongs(place.settings, writers, place.booked))

    record_property("on", "postgres, mongo, kafka, elasticsearch")
    record_property(
        "figure",
        f"{killed['web']} kills of the web process, {killed['worker']} of relay and readers: of {len(writers.listed)} "
        f"cars and {len(writers.booked)} bookings acknowledged 0 lost, 0 missing in the index, 0 alerts twice",
    )
    assert writers.wrong == []
    assert len(writers.listed) > KILLS
    assert len(writers.booked) > KILLS
    assert wrong == []


@pytest.mark.slow
@pytest.mark.mutant("R6")
def test_who_tells_the_broker_after_the_store_is_caught(place: Place) -> None:
    writers = Writers("", place)
    done = subprocess.run(
        [sys.executable, "-m", "tests.promises.dual_publish"], check=False, capture_output=True, cwd=ROOT,
        env={**os.environ, **told(place.settings), "CARMARKET_MAIL": "memory://"},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    with carmarket(place.settings, place.folder, "work"):
        wrong = asyncio.run(wrongs(place.settings, writers, place.booked))

    assert any("the index lacks" in one for one in wrong)
