"""
A market as a process over six servers of its own, each behind a line that can be cut, and people who go on meanwhile.

It is long, for the town, its people and what they were told are one story.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, cycle
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
from attrs import define, field, frozen

from carmarket import Money, Settings, open_market
from carmarket.bootstrap import prepare_stores
from carmarket.core.actor import Actor, UserId
from carmarket.core.catalog.car import SellerId
from carmarket.testing.bookings import some_rules
from carmarket.testing.builders import DEALER, a_dealer, an_admin, some_details
from tests.distributed import settings_of
from tests.entrypoints.http.pictures import a_picture
from tests.entrypoints.http.server import OPENED
from tests.servers import kafka
from tests.servers.processes import Server, free_ports
from tests.servers.running import STARTS
from tests.swallowing import Line

CARS = 40
CUSTOMERS = 150
BOOKERS = [f"booker {number}" for number in range(200)]
PASSWORD = "correct horse battery"
PAUSE = 0.2
PATIENCE = 30.0
STORES = ("users", "search", "events", "cache", "photos", "keys", "mail")


@frozen(kw_only=True)
class Answered:
    """What somebody was told, and how long that took."""

    status: int
    seconds: float
    is_degraded: bool = False
    retry_after: str | None = None
    text: str = ""

    @property
    def is_well(self) -> bool:
        return self.status < 400

    @property
    def is_refused(self) -> bool:
        """Politely: not now, come again."""
        return self.status == 503 and bool(self.retry_after)


@define
class People:
    """What they do, each by a name; the same things again and again."""

    client: httpx.Client
    cars: Sequence[str]
    tokens: Mapping[str, str]
    _prices: Iterator[int] = field(factory=lambda: count(1_000_000))
    _next_cars: Iterator[str] = field(init=False)
    _next_slots: Iterator[tuple[str, str, str]] = field(init=False)
    _next_bookers: Iterator[str] = field(factory=lambda: cycle(BOOKERS))
    _next_customers: Iterator[int] = field(factory=lambda: cycle(range(CUSTOMERS)))

    @_next_cars.default
    def _all_of_them(self) -> Iterator[str]:
        return cycle(self.cars)

    @_next_slots.default
    def _all_slots(self) -> Iterator[tuple[str, str, str]]:
        calendars = {car: self.client.get(f"/v1/cars/{car}/calendar").raise_for_status().json() for car in self.cars}
        return iter([(car, slot["start"], slot["end"]) for car, it in calendars.items() for slot in it["slots"]])

    def deeds(self) -> Mapping[str, Callable[[], httpx.Response]]:
        return {
            "search": lambda: self.client.get("/v1/cars?words=golf"),
            "car": lambda: self.client.get(f"/v1/cars/{self.cars[0]}"),
            "shop window": lambda: self.client.get("/"),
            "page of a car": lambda: self.client.get(f"/cars/{self.cars[0]}"),
            "reprice": self._reprice,
            "upload": self._upload,
            "book": self._book,
            "log in": self._log_in,
            "reviews": lambda: self.client.get(f"/v1/dealers/{DEALER}/reviews"),
        }

    def _reprice(self) -> httpx.Response:
        price = {"amount": next(self._prices), "currency": "USD"}
        return self.client.put(
            f"/v1/listings/{self.cars[0]}/price", json=price, headers={**self._as("dealer"), "If-Match": "*"}
        )

    def _upload(self) -> httpx.Response:
        headers = {**self._as("dealer"), "If-Match": "*", "Content-Type": "image/jpeg"}
        return self.client.post(f"/v1/listings/{next(self._next_cars)}/photos", content=a_picture(), headers=headers)

    def _book(self) -> httpx.Response:
        car, start, end = next(self._next_slots)
        customer = self._as(next(self._next_bookers))  # nobody has very many bookings at once
        wanted = {"kind": "test-drive", "start": start, "end": end}
        quote = self.client.post(f"/v1/cars/{car}/quotes", json=wanted, headers=customer)
        if quote.is_error:
            return quote
        return self.client.post("/v1/bookings", json={"quote": quote.json()["quote"]}, headers=customer)

    def _log_in(self) -> httpx.Response:
        # Another one each time: who tries too often has to wait.
        customer = {"email": _email(next(self._next_customers)), "password": PASSWORD}
        return self.client.post("/v1/sessions", json=customer)

    def _as(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"}


def _email(number: int) -> str:
    return f"anna{number}@example.com"


def answered(deed: Callable[[], httpx.Response]) -> Answered:
    begun = time.monotonic()
    answer = deed()
    return Answered(
        status=answer.status_code,
        seconds=time.monotonic() - begun,
        is_degraded='"degraded":true' in answer.text or "not at its best" in answer.text,
        retry_after=answer.headers.get("retry-after"),
        text=answer.text[:300],
    )


@frozen(kw_only=True)
class Outage:
    """What people were told while a store was away, and how long after its return each had its first success."""

    told: Mapping[str, Sequence[Answered]]
    recovered: Mapping[str, float]

    @property
    def slowest(self) -> float:
        return max(one.seconds for answers in self.told.values() for one in answers)


@frozen(kw_only=True)
class Town:
    """The market and what it stands on."""

    servers: Mapping[str, Server]
    lines: Mapping[str, Line]
    settings: Settings
    people: People

    def outage(self, store: str, way: str, seconds: float) -> Outage:
        """What people are told while the store is frozen, or the line to it swallows."""
        server, line = self.servers[store], self.lines[store]
        cut, mend = (server.freeze, server.thaw) if way == "frozen" else (line.swallow, line.let_through)
        deeds = self.people.deeds()
        told: dict[str, list[Answered]] = defaultdict(list)
        is_over = Event()

        def go_on(name: str) -> None:
            while not is_over.is_set():
                told[name].append(answered(deeds[name]))
                is_over.wait(PAUSE)

        with ThreadPoolExecutor(len(deeds)) as people:
            cut()
            try:
                going = [people.submit(go_on, name) for name in deeds]
                time.sleep(seconds)
            finally:
                is_over.set()
                for one in going:
                    one.result()
                mend()
            recovered = dict(zip(deeds, people.map(first_success, deeds.values()), strict=True))
        return Outage(told=told, recovered=recovered)


def first_success(deed: Callable[[], httpx.Response]) -> float:
    begun = time.monotonic()
    while not answered(deed).is_well:
        if time.monotonic() - begun > PATIENCE:
            return PATIENCE
        time.sleep(0.05)
    return time.monotonic() - begun


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """Everything started, a few cars before the public; at the end nothing is left."""
    with ExitStack() as stack:
        lines = {}
        for store, port in zip(STARTS, free_ports(len(STARTS)), strict=True):
            lines[store] = line = Line(port)
            line.open()
            stack.callback(line.close)
        with ThreadPoolExecutor(len(STARTS)) as starting:
            servers = dict(zip(STARTS, starting.map(partial(_start, folder, lines), STARTS), strict=True))
        for server in servers.values():
            stack.callback(server.kill)
        settings = _settings(servers, lines, folder)
        asyncio.run(prepare_stores(settings))
        cars, tokens = asyncio.run(_seed(settings))
        url = stack.enter_context(_serving(settings, folder))
        client = stack.enter_context(httpx.Client(base_url=url, timeout=PATIENCE))
        people = People(client, cars, tokens)
        for deed in people.deeds().values():
            assert first_success(deed) < PATIENCE
        yield Town(servers=servers, lines=lines, settings=settings, people=people)


def _start(folder: Path, lines: Mapping[str, Line], store: str) -> Server:
    own = folder / store
    own.mkdir()
    own.chmod(0o755)
    server = kafka.start(own, told=lines[store].port) if store == "kafka" else STARTS[store](own)
    lines[store].target = urlsplit(server.url).port or 0
    return server


def _settings(servers: Mapping[str, Server], lines: Mapping[str, Line], folder: Path) -> Settings:
    with psycopg.connect(servers["postgres"].url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE market")

    def url_of(store: str) -> str:
        return servers[store].url.replace(f":{lines[store].target}", f":{lines[store].port}")

    database = f"{url_of('postgres').rpartition('/')[0]}/market"
    # Directly, for a driver that looks around would go past the line.
    people = f"{url_of('mongo').rpartition('/')[0]}/market?directConnection=true"
    return settings_of(url_of, database, folder, users=people, mail=f"eml:///{folder}/mail")


async def _seed(settings: Settings) -> tuple[Sequence[str], Mapping[str, str]]:
    dealer = a_dealer()
    async with open_market(settings, with_index=False) as market:
        for number in range(CUSTOMERS):
            await market.users.people.add(an_admin(), email=_email(number), name="Anna", password=PASSWORD)
        await market.booking.set_rules(dealer, some_rules(seller=SellerId(DEALER)))
        cars = []
        for _ in range(CARS):
            drafted = await market.catalog.draft(dealer, details=some_details(), price=Money(1_000_000, "USD"))
            cars.append(str((await market.catalog.publish(dealer, drafted.id)).id))
        await market.settle()
        bookers = {name: Actor(user_id=UserId(market.stock.ids.new())) for name in BOOKERS}
        lasting: dict[str, Any] = {"now": datetime.now(UTC), "lifetime": timedelta(hours=3)}
        actors = {"dealer": dealer, **bookers}
        tokens = {name: market.stock.tokens.sign(actor, **lasting) for name, actor in actors.items()}
    return cars, tokens


@contextmanager
def _serving(settings: Settings, folder: Path) -> Iterator[str]:
    said = folder / "said.log"
    told = {f"CARMARKET_{name.upper()}": str(getattr(settings, name)) for name in ("url", *STORES)}
    with said.open("wb") as log:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("carmarket"), "serve", "--port", "0"],
            stdout=log, stderr=log, env={**os.environ, **told, "CARMARKET_LIMITS": "off"},
        )  # fmt: skip
    try:
        ends = time.monotonic() + PATIENCE
        while (found := OPENED.search(said.read_text())) is None:
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < ends, said.read_text()
            time.sleep(0.05)
        yield found[0]
    finally:
        process.kill()
        process.wait()
